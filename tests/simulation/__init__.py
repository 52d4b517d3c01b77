"""The simulation: whole histories of several locations, drawn from one seed, in milliseconds.

The domain, the services, the codec and the consumer function are the product's own. Tables,
broker, clocks and processes are in memory, and every step between two of them is a place where
the schedule may crash, delay or overtake (the way FoundationDB and TigerBeetle are tested).
"""
