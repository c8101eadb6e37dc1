"""How fast learning is, beside the matrix products that it cannot do without and beside other programs.

Every program runs in a process of its own, see `worker`, so that no two thread pools meet and memory can be told apart.
"""
