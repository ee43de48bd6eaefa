"""A virtual county that lives through the same actions as people do: for the demo, for load, for whole-year tests.

Nobody in it exists: names are made up, identity numbers bear the sequence 000 that is given to nobody. It enters
rooms by their doors and never writes a table. The same seed, days and catalogue give the same facts.
"""
