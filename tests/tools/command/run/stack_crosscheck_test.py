#!/usr/bin/env python3
"""Compares every stack that real programs allocate from with libunwind's, by `heapreel run --crosscheck-stacks`.

usage: stack_crosscheck_test.py [--all] [PROGRAM...]

HEAPREEL_COMMAND says where the command was built. --all runs the long corpus as well; PROGRAMs name some of it.
Exit status 0: no walk was wrong or undecided; 1: some were, or a program failed; 77: libunwind or every program is missing.
"""
import collections
import ctypes.util
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = """#include <map>
#include <string>
std::map<std::string, int> words;
int count(const std::string& word) { return ++words[word]; }
int main() { return count("a"); }
"""
THREADS = """
import threading, json, zlib, random
def work(seed):
    r = random.Random(seed)
    for _ in range(30):
        text = json.dumps([r.random() for _ in range(200)])
        zlib.decompress(zlib.compress(text.encode())); json.loads(text)
threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
[t.start() for t in threads]; [t.join() for t in threads]
"""
SQL = ("create table t(a,b); with recursive n(i) as (select 1 union all select i+1 from n where i<3000) "
       "insert into t select i, hex(i*i) from n; create index u on t(b); select count(*), max(b) from t where b > 5;")

# name: (program, arguments); {out} is a scratch folder, {source} a C++ file in it, {preprocessed} the same, {big} a large file.
QUICK = {
    'python3': ('/usr/bin/python3', ['-c', 'import json, decimal, email; json.dumps(list(range(5000)))']),
    'cc1plus': ('CC1PLUS', ['-quiet', '-fpreprocessed', '-std=c++20', '-O1', '{preprocessed}', '-o', '{out}/source.s']),
    'perl': ('perl', ['-MData::Dumper', '-e', 'print length Dumper([map { {a => $_} } 1..2000])']),
    'cmake': ('cmake', ['--help-commands']),
    'xz, 2 threads': ('xz', ['-T2', '-k', '-f', '-1', '--block-size=256KiB', '-c', '{big}']),
}
MORE = {
    'python3, 6 threads, malloc': ('/usr/bin/python3', ['-c', THREADS]),
    'clang-14': ('/usr/lib/llvm-14/bin/clang', ['-cc1', '-std=c++20', '-O2', '-emit-obj', '-x', 'c++',
                 '-internal-isystem', '/usr/include/c++/12', '-internal-isystem', '/usr/include/x86_64-linux-gnu/c++/12',
                 '-internal-isystem', '/usr/lib/llvm-14/lib/clang/14.0.6/include', '-internal-externc-isystem',
                 '/usr/include', '-internal-externc-isystem', '/usr/include/x86_64-linux-gnu', '-fcxx-exceptions',
                 '-fexceptions', '{source}', '-o', '{out}/source.o']),
    'node': ('node', ['-e', 'let m = {}; for (let i = 0; i < 2e4; i++) m["k" + i] = [i]; JSON.stringify(m)']),
    'gdb': ('gdb', ['-batch', '-ex', 'info functions malloc', '/bin/ls']),
    'godot3-server': ('godot3-server', ['--path', '{godot}', '--no-window', '--quit']),
    'ld': ('ld', ['-r', '-o', '{out}/r.o', '--whole-archive', '/usr/lib/x86_64-linux-gnu/libc.a']),
    'ld.lld, threads': ('ld.lld', ['--threads=4', '-r', '-o', '{out}/r.o', '--whole-archive',
                                   '/usr/lib/x86_64-linux-gnu/libc.a']),
    'zstd, 2 threads': ('zstd', ['-T2', '-B1M', '-q', '-f', '-3', '{big}', '-o', '{out}/big.zst']),
    'pigz, 4 threads': ('pigz', ['-p4', '-k', '-c', '{big}']),
    'git': ('git', ['-C', '{repository}', 'log', '--stat', '-40']),
    'sqlite3': ('sqlite3', [':memory:', SQL]),
    'java': ('java', ['-version']),
    'meson': ('/usr/bin/python3', ['/usr/bin/meson', '--help']),
    'openssl': ('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '{out}/k', '-out', '{out}/c',
                            '-subj', '/CN=x']),
    'lua5.4': ('lua5.4', ['-e', 't = {} for i = 1, 3e4 do t[i] = ("x"):rep(i % 90) .. i end table.sort(t) print(#table.concat(t))']),
    'tclsh': ('tclsh', ['{out}/script.tcl']),
    'jq': ('jq', ['-n', '[range(20000) | {a: ., b: tostring}] | group_by(.a % 7) | map(length)']),
    'dot': ('dot', ['-Tsvg', '-o', '{out}/g.svg', '{out}/g.dot']),
    'postgres': ('postgres', ['--describe-config']),
    'supertuxkart': ('supertuxkart', ['--no-graphics', '--race-now', '--track=lighthouse', '--numkarts=4', '--profile-laps=1']),
    'objdump': ('objdump', ['-d', '--no-show-raw-insn', '-C', '/usr/lib/x86_64-linux-gnu/libm.so.6']),
}
COUNTS = re.compile(r'^  stacks +([\d,]+) compared +([\d.]+) frames deep +([\d,]+) wrong +([\d,]+) undecided +'
                    r'([\d,]+) guessed +([\d,]+) libunwind\'s fault +([\d,]+) not compared, because libunwind was not loaded yet$', re.MULTILINE)
WALK = re.compile(r'^  walk .*$', re.MULTILINE)


def command_of(program, arguments, places):
    if program == 'CC1PLUS':
        program = subprocess.run(['g++', '-print-prog-name=cc1plus'], capture_output=True, text=True,
                                 check=False).stdout.strip() if shutil.which('g++') else ''
    path = shutil.which(program) if program else None
    return [path] + [filled(word, places) for word in arguments] if path else None


def filled(word, places):
    for name, place in places.items():
        word = word.replace('{' + name + '}', place)
    return word


def run(command, folder):
    """The figures of one run, or None when it was not compared; and what to print if it failed."""
    result = subprocess.run(
        [os.environ['HEAPREEL_COMMAND'], 'run', '-f', '-o', os.path.join(folder, 'reel'), '--crosscheck-stacks', '--'] +
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        errors='replace', env=dict(os.environ, PYTHONMALLOC='malloc'), check=False)
    match = COUNTS.search(result.stderr)
    if not match:
        return None, result
    checked, depth, wrong, undecided, guessed, theirs, before = (float(field.replace(',', '')) for field in match.groups())
    figures = dict(stacks=int(checked), frames=int(checked * depth), wrong=int(wrong), undecided=int(undecided),
                   guessed=int(guessed), theirs=int(theirs), before=int(before))
    return figures, result


def main():
    if 'cannot be loaded' in subprocess.run(
            [os.environ['HEAPREEL_COMMAND'], 'run', '-f', '-o', '/dev/null', '--crosscheck-stacks', '--', '/bin/true'],
            capture_output=True, text=True, check=False).stderr:
        return 77
    names = [word for word in sys.argv[1:] if word != '--all']
    corpus = dict(QUICK, **MORE) if names or '--all' in sys.argv else QUICK
    totals = collections.Counter()
    programs = good = 0
    with tempfile.TemporaryDirectory() as folder:
        here = os.path.dirname(os.path.abspath(__file__))
        places = dict(out=folder, source=os.path.join(folder, 'source.cc'), big=os.path.join(folder, 'big'),
                      preprocessed=os.path.join(folder, 'source.ii'),
                      repository=os.path.join(here, '../../../..'), godot=os.path.join(here, '../../../workloads/godot'))
        with open(places['source'], 'w', encoding='utf-8') as source:
            source.write(SOURCE)
        with open(os.path.join(folder, 'script.tcl'), 'w', encoding='utf-8') as script:
            script.write('for {set i 0} {$i < 20000} {incr i} {dict set d k$i [list $i [string repeat x [expr $i % 50]]]}\n')
        with open(os.path.join(folder, 'g.dot'), 'w', encoding='utf-8') as graph:
            graph.write('digraph g {' + ''.join(f'n{i} -> n{i * 7 % 61}; ' for i in range(60)) + '}')
        if shutil.which('g++'):
            subprocess.run(['g++', '-std=c++20', '-E', '-o', places['preprocessed'], places['source']], check=True)
        with open(places['big'], 'wb') as big, open('/usr/bin/gdb' if os.path.exists('/usr/bin/gdb') else '/bin/bash',
                                                    'rb') as some:
            big.write(some.read(4 << 20))
        for name, (program, arguments) in corpus.items():
            command = command_of(program, arguments, places)
            if command is None or (names and name not in names):
                continue
            figures, result = run(command, folder)
            programs += 1
            if figures is None:
                print(f'{name}: nothing was compared, exit {result.returncode}\n{result.stderr[-2000:]}')
                continue
            totals.update(figures)
            print(f'{name}: ' + ', '.join(f'{key} {value:,}' for key, value in figures.items()) +
                  f', exit {result.returncode};' + WALK.search(result.stderr)[0], flush=True)
            fine = figures['stacks'] > 0 and figures['wrong'] == figures['undecided'] == 0 and \
                'wrong hash' not in result.stderr
            good += fine
            if not fine or figures['guessed'] or figures['theirs']:
                print(result.stderr[result.stderr.find('  stacks '):][:20000])
    print(f'{programs} programs: ' + ', '.join(f'{key} {value:,}' for key, value in totals.items()))
    if programs == 0:
        return 77
    return 0 if good == programs else 1


if __name__ == '__main__':
    sys.exit(main())
