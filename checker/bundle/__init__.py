"""The class's bundle: one tar file with the images and the wheels that a machine without network starts from.

``manifest`` is the list inside it, ``machine`` tells which Python it fits, ``reader`` opens and checks it, ``writer``
makes it. All of it works before the virtual environment is there: standard library only.
"""
