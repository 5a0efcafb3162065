// heapreel: Python's tracemalloc for native real-time programs. This header is the whole C++ API.
#pragma once

#include <heapreel/churn.h>
#include <heapreel/completeness.h>
#include <heapreel/domain_totals.h>
#include <heapreel/errors.h>
#include <heapreel/filter.h>
#include <heapreel/frame.h>
#include <heapreel/key_type.h>
#include <heapreel/lifetimes.h>
#include <heapreel/peak_snapshot.h>
#include <heapreel/reconciliation.h>
#include <heapreel/size_histogram.h>
#include <heapreel/size_text.h>
#include <heapreel/skip_list.h>
#include <heapreel/snapshot.h>
#include <heapreel/source_lines.h>
#include <heapreel/statistic.h>
#include <heapreel/statistic_diffs.h>
#include <heapreel/symbol_options.h>
#include <heapreel/trace.h>
#include <heapreel/traceback.h>
#include <heapreel/traces.h>
#include <heapreel/tracing.h>
