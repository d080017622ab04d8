"""Names of well-known ports, as tools print them without `-n` (IANA; the usual /etc/services).

The table is our own: that of a machine would make a result depend on the machine.
"""

from __future__ import annotations

_TABLE = """
tcpmux 1 echo 7 discard 9 systat 11 daytime 13 netstat 15 qotd 17 chargen 19 ftp-data 20 ftp 21
ssh 22 telnet 23 smtp 25 mail 25 time 37 whois 43 nicname 43 tacacs 49 domain 53 dns 53 bootps 67
bootpc 68 dhcp 67 dhcps 67 dhcpc 68 tftp 69 gopher 70 finger 79 http 80 www 80 www-http 80
kerberos 88 kerberos-sec 88 hostname 101 iso-tsap 102 pop2 109 pop3 110 sunrpc 111 rpcbind 111
portmapper 111 auth 113 ident 113 sftp 115 nntp 119 ntp 123 epmap 135 msrpc 135 loc-srv 135
netbios-ns 137 netbios-dgm 138 netbios-ssn 139 imap 143 imap2 143 imap4 143 snmp 161 snmptrap 162
snmp-trap 162 xdmcp 177 bgp 179 irc 194 at-rtmp 201 ipx 213 imap3 220 rsvp_tunnel 363 ldap 389
svrloc 427 https 443 snpp 444 microsoft-ds 445 smb 445 kpasswd 464 smtps 465 urd 465 submissions 465
isakmp 500 ike 500 exec 512 biff 512 login 513 who 513 shell 514 syslog 514 printer 515 talk 517
ntalk 518 route 520 rip 520 router 520 dhcpv6-client 546 dhcpv6-server 547 rtsp 554 nntps 563
submission 587 ipp 631 ldaps 636 msdp 639 doom 666 domain-s 853 rsync 873 ftps-data 989 ftps 990
telnets 992 imaps 993 ircs 994 pop3s 995 socks 1080 openvpn 1194 rmiregistry 1099 ms-sql-s 1433
ms-sql-m 1434 ica 1494 oracle 1521 l2f 1701 l2tp 1701 pptp 1723 radius 1812 radius-acct 1813
mqtt 1883 ssdp 1900 upnp 1900 cisco-sccp 2000 nfs 2049 cpanel 2082 gnunet 2086 zookeeper 2181
docker 2375 docker-s 2376 svn 3690 squid 3128 iscsi-target 3260 mysql 3306 rdp 3389
ms-wbt-server 3389 stun 3478 nat-t-ike 4500 ipsec-nat-t 4500 sip 5060 sips 5061 amqp 5672 amqps 5671
xmpp-client 5222 xmpp-server 5269 mdns 5353 llmnr 5355 postgresql 5432 postgres 5432 vnc 5900
rfb 5900 couchdb 5984 wsman 5985 x11 6000 redis 6379 ircd 6667 ircs-u 6697 http-alt 8080
webcache 8080 http-proxy 8080 https-alt 8443 mongodb 27017 elasticsearch 9200 coap 5683 coaps 5684
mqtts 8883 secure-mqtt 8883 git 9418 bacnet 47808 modbus 502 mbap 502 dnp 20000 opcua-tcp 4840
"""

_words = _TABLE.split()
PORTS = {name: int(port) for name, port in zip(_words[::2], _words[1::2], strict=True)}
"""Name → number."""
