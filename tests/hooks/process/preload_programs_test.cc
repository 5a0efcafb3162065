// Real programs with and without the library: the same output, the same exit status.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/hooks/run_program.h"

namespace heapreel::testing {
namespace {

struct Program {
  const char* name;
  std::vector<std::string> arguments;
};
std::ostream& operator<<(std::ostream& out, const Program& program) {
  return out << program.name;
}

constexpr char kPython[] = R"(
import ctypes, json, multiprocessing, os, signal, sqlite3, subprocess, threading
def work(n):
    table = {}
    for i in range(20000): table[i % 500] = [i, str(i), {'a': i}]
    return len(json.loads(json.dumps(table)))
threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
[t.start() for t in threads]; [t.join() for t in threads]
print(subprocess.run(['/bin/echo', 'hi'], capture_output=True).stdout, flush=True)
pid = os.fork()
if pid == 0: work(0); os._exit(0)
print(os.waitpid(pid, 0)[1])
with multiprocessing.get_context('fork').Pool(2) as pool: print(sum(pool.map(work, range(4))))
fired = [0]
def on_alarm(s, f): fired[0] += 1; [str(i) for i in range(50)]
signal.signal(signal.SIGALRM, on_alarm); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
while not fired[0]: work(0)
signal.setitimer(signal.ITIMER_REAL, 0)
db = sqlite3.connect(':memory:'); db.execute('create table t(a)')
db.executemany('insert into t values(?)', ((str(i),) for i in range(20000)))
print(db.execute('select count(*), sum(a) from t').fetchall())
import _ctypes
for name in ('libm.so.6', 'libz.so.1'):
    for _ in range(20): _ctypes.dlclose(ctypes.CDLL(name)._handle)
try: bytearray(1 << 62)
except MemoryError: print('MemoryError')
)";

constexpr char kNode[] = R"(
const {Worker, isMainThread} = require('worker_threads'), zlib = require('zlib'), cp = require('child_process');
const source = `
  const zlib = require('zlib'), map = new Map(), buffers = [];
  for (let i = 0; i < 2e5; i++) map.set(i % 1000, {i, s: 'x' + i});
  for (let i = 0; i < 200; i++) buffers.push(Buffer.alloc(65536, i));
  zlib.gzipSync(Buffer.concat(buffers));`;
let left = 4;
for (let i = 0; i < 4; i++) new Worker(source, {eval: true}).on('exit', () => {
  if (--left == 0) console.log(cp.execSync('echo done').toString().trim());
});
)";

constexpr char kBash[] = R"(
declare -A table
for i in {1..3000}; do table[$((i % 97))]+="$i,"; done
echo ${#table[@]} $(echo sub | tr a-z A-Z) $(for i in {1..20}; do (echo $i); done | wc -l)
export HERE=there; sh -c 'echo $HERE'
)";

constexpr char kPerl[] =
    "my %h; for my $i (1..100000) { $h{$i % 1000} .= $i; delete $h{$i % 777} if $i % 3 == 0 } "
    "print join(',', map { length $h{$_} } sort keys %h), qx(echo sub), \"\\n\"; exit 5";

constexpr char kSource[] =
    "#include <map>\n#include <string>\nint main() { return std::map<int, std::string>().size(); }\n";

const std::vector<Program>& programs() {
  static const std::vector<Program> all = {
      {"python3", {"python3", "-c", kPython}},
      {"perl", {"perl", "-e", kPerl}},
      {"bash", {"bash", "-c", kBash}},
      {"git", {"git", "--no-pager", "config", "--list", "--system", "--show-origin"}},
      {"gcc", {"sh", "-c", std::string("echo '") + "int main(void) { return 0; }' | gcc -O2 -S -xc - -o -"}},
      {"g++", {"sh", "-c", std::string("printf '") + kSource + "' | g++ -O2 -S -xc++ - -o - | cksum"}},
      {"node", {"node", "-e", kNode}},
      {"cmake", {"cmake", "--help-variable-list"}},
      {"ls", {"ls", "-laR", "/usr/share/doc/bash"}},
      {"sort", {"sh", "-c", "seq 200000 | sort -r --parallel=4 | cksum"}},
  };
  return all;
}

class PreloadedProgram : public ::testing::TestWithParam<std::tuple<const char*, Program>> {};

INSTANTIATE_TEST_SUITE_P(Table, PreloadedProgram,
                         ::testing::Combine(::testing::Values("HEAPREEL_TEST_PRELOAD", "HEAPREEL_TEST_PRELOAD_SYSTEM"),
                                            ::testing::ValuesIn(programs())));

TEST_P(PreloadedProgram, BehavesAsItDoesAlone) {
  const auto& [library, program] = GetParam();
  if (!installed(program.name)) GTEST_SKIP() << program.name << " is not installed";
  // follow_forks keeps the variables for the children: the compiler proper is one.
  const Variables traced = {
      {"LD_PRELOAD", test_setting(library)}, {"HEAPREEL", "25"}, {"HEAPREEL_OPTIONS", "follow_forks=1"}};
  EXPECT_EQ(run(program.arguments, traced), run(program.arguments));
}

}  // namespace
}  // namespace heapreel::testing
