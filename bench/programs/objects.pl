# What a script allocates: hashes, arrays, strings, matches. perl objects.pl ROUNDS
use strict;
use warnings;

my @kept;
for my $round (1 .. $ARGV[0]) {
    my %made;
    for my $i (1 .. 5000) {
        $made{"part $i"} = { tags => [$i % 7, "x" x ($i % 50)], at => [$i * 0.5, -$i] };
    }
    my @names = map { /(\d+)$/ ? "$1 $_" : () } sort keys %made;
    push @kept, [$names[$round % 100], $made{"part 1"}];
    shift @kept if @kept > 50;
}
print scalar(@kept), "\n";
