"""The law of a case, pure: no Django, no clock, no I/O.

`lapse` says what time alone has brought about, `decide` what a command brings about, `evolve` folds a fact into
the state, `clocks` tells which limits run and when they fall due. Everything is a function of its arguments.
"""
