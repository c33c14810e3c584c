"""The public log: its formats, proofs and checks, as pure functions from bytes to values.

Formats are C2SP's (signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-policy) over RFC 6962 trees;
only the leaf is ours. Nothing here reads a clock, a file, a socket or a random number, and nothing imports
the rest of Showcause, so that a stranger can install this room alone and check everything that the log says.

    errors       what can be wrong
    encoding     strict base64, base64url, hex and decimals
    jcs          strict and canonical JSON (RFC 8785)
    merkle       trees, peaks and proofs (RFC 6962, RFC 9162)
    tiles        paths and bytes of tiles
    bundles      entry bundles
    keys         signer and verifier keys
    note         signed notes
    checkpoint   origin, size, root
    policy       whom to believe
    proof        `.tlog-proof` files
    kinds        the words of the leaf
    leaf         the leaf `showcause/v1`
    commitments  salts, field digests, openings
    campaign     one leaf over many items
    receipt      everything that one person or platform is handed
    verify       THE GATE
    words        a checked proof in plain words
    export       a whole log as static files
    audit        the walk over a whole log
"""
