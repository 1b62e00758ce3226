"""Which sizes suit a device: measured by ``./dynamic kernels tune``, kept in a file, used by every launch.

``model`` what is known, ``database`` the file, ``lookup`` what a launch takes from it, ``here`` what a reader is shown;
``search`` how a choice is found, ``bench`` what measures it, ``worker`` the process that this runs in, ``journal`` what
is kept on the way, ``run`` all cells.
"""
