#!/bin/sh
# Runs PROGRAM, which has a sanitizer, at fixed addresses where that is allowed. Usage: sanitized_host.sh PROGRAM
# Skipped where the sanitizer itself cannot run: newer kernels randomize addresses further than its shadow memory allows.
machine=$(uname -m)
if setarch "$machine" -R true 2>/dev/null; then
  said=$(setarch "$machine" -R "$1" 2>&1)
else
  said=$("$1" 2>&1)
fi
status=$?
printf '%s\n' "$said"
case $said in
  *'unexpected memory mapping'* | *'Shadow memory range interleaves'*) exit 77 ;;
esac
exit $status
