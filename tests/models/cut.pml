/* The cut of engine/memory/epoch.h on x86-TSO: two hooks hand a token on through memory, each with a FIFO store buffer, while
 * cuts are taken. Event k follows event k - 1 in happens-before. Mutants (one -D each) must be caught:
 *   MARKS_FIRST   the cut reads the rings before it advances the epoch
 *   NO_TAGS       the cut takes every event before its marks, whatever its tag
 *   TAG_EARLY     the hook reads its tag before it owns the token
 *   NOT_FIFO      stores of one hook become visible in any order
 */
#define EVENTS 4
#define CUTS   2

#define TAIL 0
#define TURN 1
#define TAG  2

byte epoch = 1;
byte turn = 1;         /* the event whose hook may run; memory, as tail and tag */
byte tail[2];
byte tag[EVENTS + 1];  /* the slots of the rings, by event */
byte begun = 0;        /* newest event whose hook began; no part of the protocol */

/* {what, index, value} */
chan buffer0 = [4] of { byte, byte, byte };
chan buffer1 = [4] of { byte, byte, byte };

#define RING_OF(k) ((k) % 2)
#define PLACE_OF(k) (((k) - 1) / 2)

inline make_visible() {
  if
  :: what == TAIL -> tail[index] = value
  :: what == TURN -> turn = value
  :: what == TAG -> tag[index] = value
  fi
}

/* The memory system takes stores out of one hook's buffer. */
proctype flush(chan buffer) {
  byte what, index, value;
end:
  do
  :: atomic { buffer?what, index, value -> make_visible() }
#ifdef NOT_FIFO
  :: atomic { buffer??TURN, index, value -> turn = value }
#endif
  od
}

proctype hook(byte me; chan buffer) {
  byte k = (me == 0 -> 2 : 1);
  byte t;
  do
  :: k > EVENTS -> break
  :: else ->
#ifdef TAG_EARLY
    t = epoch;
#endif
    turn == k;                                 /* owns the token from here on */
    begun = k;
#ifndef TAG_EARLY
    t = epoch;                                 /* P1 */
#endif
    buffer!TAG, k, t;                          /* P2, P3 */
    buffer!TAIL, me, PLACE_OF(k) + 1;          /* P4 */
    buffer!TURN, 0, k + 1;
    k = k + 2
  od
}

#define IN(k) (PLACE_OF(k) < mark[RING_OF(k)] && IS_TAGGED_IN(k))
#ifdef NO_TAGS
#define IS_TAGGED_IN(k) true
#else
#define IS_TAGGED_IN(k) (tag[k] <= e)
#endif

proctype cuts() {
  byte n, k, e, returned, begun_after;
  byte mark[2];
  byte seen = 0;   /* events of the cut before: cuts nest */
  do
  :: n == CUTS -> break
  :: else ->
    returned = turn - 1;                       /* their hooks returned before this cut was called */
#ifdef MARKS_FIRST
    mark[0] = tail[0];
    mark[1] = tail[1];
#endif
    atomic { e = epoch; epoch = epoch + 1 };   /* S1 and S2: a locked instruction, and this thread stores nothing else */
#ifndef MARKS_FIRST
    mark[0] = tail[0];                         /* S3 */
    mark[1] = tail[1];
#endif
    begun_after = begun;
    d_step {
      k = 1;
      do
      :: k > EVENTS -> break
      :: else ->
        assert(k > returned || IN(k));                 /* complete */
        assert(k <= begun_after || !IN(k));            /* exclusive */
        assert(k == 1 || !IN(k) || IN(k - 1));         /* closed */
        assert(k > seen || IN(k));                     /* nested */
        k++
      od;
      k = 1;
      do
      :: k > EVENTS -> break
      :: else -> if :: IN(k) -> seen = k :: else fi; k++
      od
    }
    n++
  od
}

init {
  atomic {
    run flush(buffer0);
    run flush(buffer1);
    run hook(0, buffer0);
    run hook(1, buffer1);
    run cuts()
  }
}
