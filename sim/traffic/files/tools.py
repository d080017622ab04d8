"""What flow tools export as CSV: Argus (`ra -c ,`, also the .binetflow files of CTU-13) and nfdump.

https://openargus.org and https://github.com/phaag/nfdump (`-o csv`).
"""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.names import keys
from sim.traffic.files.schema import PLAIN, Schema

_ARGUS = Schema(
    "argus",
    required=keys("proto,srcaddr,sport,dir,dstaddr,dport,totpkts,totbytes"),
    numbers=frozenset(
        keys(
            "dur,totpkts,totbytes,srcpkts,dstpkts,srcbytes,dstbytes,srcload,dstload,load,srcloss,"
            "dstloss,loss,rate,srcrate,dstrate"
        )
    ),
    texts=frozenset(keys("proto,dir,state,flgs,stos,dtos,cause")),
    ports=frozenset(("dport",)),
    identifiers=PLAIN.identifiers | frozenset(keys("srcid,rank,seq,smac,dmac")),
    coarse_labels=("label",),
    addresses=(("srcaddr", "dstaddr"),),
)
ARGUS = Format("argus", "Argus CSV and the .binetflow files of CTU-13", _ARGUS, tabular=True)

_NFDUMP = Schema(
    "nfdump",
    required=keys("td,sa,da,sp,dp,pr,flg,ipkt,ibyt"),
    numbers=frozenset(keys("td,ipkt,ibyt,opkt,obyt")),
    texts=frozenset(keys("pr,flg,fwd,stos,dtos,dir")),
    ports=frozenset(("dp",)),
    identifiers=PLAIN.identifiers
    | frozenset(keys("ts,te,tr,nh,nhb,ra,eng,exid,in,out,sas,das,ismc,odmc,idmc,osmc,svln,dvln")),
    addresses=(("sa", "da"),),
)
NFDUMP = Format("nfdump", "nfdump -o csv", _NFDUMP, tabular=True)
