namespace NetWhy.Tests.Tools.Dig;

/// <summary>Zones that BIND serves, and command lines in a file.</summary>
internal static class DigZones
{
    /// <summary>What people ask for.</summary>
    internal const string Small = """
        $TTL 300
        $ORIGIN small.test.
        @ IN SOA ns1 hostmaster 2026010101 7200 3600 1209600 300
        @ IN NS ns1
        @ IN NS ns2
        @ IN MX 10 mail
        @ IN MX 20 mail2
        @ IN TXT "v=spf1 -all" "second 'quoted' \"string\""
        @ IN CAA 0 issue "letsencrypt.org"
        ns1 IN A 127.0.0.1
        ns2 IN A 127.0.0.2
        mail IN A 192.0.2.25
        mail IN AAAA 2001:db8::25
        mail2 IN A 192.0.2.26
        www IN CNAME web
        web IN A 192.0.2.80
        web IN A 192.0.2.81
        web IN AAAA 2001:db8::80
        long IN TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        many IN A 192.0.2.1
        $GENERATE 2-90 many A 192.0.2.$
        _sip._tcp IN SRV 10 60 5060 web
        svc IN HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.80
        sub IN NS ns.sub
        ns.sub IN A 127.0.0.9
        *.wild IN A 192.0.2.99
        esc\.aped IN A 192.0.2.98
        xn--bcher-kva IN A 192.0.2.97
        80.2.0 IN PTR web
        dn IN DNAME web

        """;

    /// <summary>Names of addresses.</summary>
    internal const string Reverse = """
        $TTL 300
        @ IN SOA ns1.small.test. hostmaster.small.test. 1 7200 3600 1209600 300
        @ IN NS ns1.small.test.
        80 IN PTR web.small.test.

        """;

    /// <summary>What a resolver with a prefix for IPv4 says.</summary>
    internal const string Prefix = """
        $TTL 300
        @ IN SOA ns1.small.test. hostmaster.small.test. 1 7200 3600 1209600 300
        @ IN NS ns1.small.test.
        @ IN AAAA 64:ff9b::c000:aa
        @ IN AAAA 64:ff9b::c000:ab

        """;

    /// <summary>Command lines.</summary>
    internal const string Batch = """
        # a comment
        ; another
        
        web.small.test A
        mail.small.test MX +short
        # not a comment any more
        small.test -t NS +noall +answer
        @127.0.0.2 web.small.test +time=1 +tries=1
        @nosuch.invalid web.small.test
        -x 192.0.2.80

        """;

    /// <summary>Records of every type in common use, with the data that is hard to print.</summary>
    internal const string Types = """
        $TTL 3600
        $ORIGIN types.test.
        @ IN SOA ns1.small.test. host\.master.small.test. 4294967295 604800 86400 2419200 3661
        @ NS ns1.small.test.
        a A 255.255.255.255
        aaaa AAAA 2001:db8::
        aaaa AAAA ::ffff:192.0.2.1
        aaaa AAAA ::
        afsdb AFSDB 1 afs.small.test.
        apl APL !1:10.0.0.1/32 2:2001:db8::/32
        caa CAA 128 issuewild "ca.example; policy=ev"
        cds CDS 60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
        cdnskey CDNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=
        cert CERT PKIX 65535 8 MxFcby9k/yvedMfQgKzhH5er0Mu/vILz
        cname CNAME a
        csync CSYNC 66 3 A NS AAAA
        dhcid DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
        dlv DLV 30795 1 1 310D27F4D82C1FC2400704EA9939FE6E1CEAA3B9
        dname DNAME a
        dnskey DNSKEY 256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
        ds NS ns1.small.test.
        ds DS 12892 5 2 26584835CA80C81C91999F31CFAF2A0E89D4FF1C8FAFD0DDB31A85C719277C13
        eui48 EUI48 01-23-45-67-89-ab
        eui64 EUI64 01-23-45-67-89-ab-cd-ef
        gpos GPOS "-22.6882" "116.8652" "250.0"
        hinfo HINFO "Generic PC clone" "NetBSD \"1.4\""
        hip HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs.example.com.
        https HTTPS 16 svc.small.test. mandatory=alpn alpn="h2,h3" no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8:: ech=AEP+ key65333=ex1
        ipseckey IPSECKEY 10 2 2 2001:db8:: AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
        isdn ISDN "isdn-address" "subaddress"
        kx KX 10 kx.small.test.
        l32 L32 10 1.2.3.4
        l64 L64 10 14:4fff:ff20:ee64
        loc LOC 60 9 0.000 N 24 39 0.000 E 10.00m 20m 2000m 20m
        lp LP 10 a
        mx MX 65535 .
        naptr NAPTR 100 50 "s" "http+I2L+I2C+I2R" "!^(.*)$!sip:\\1@b!" _http._tcp.small.test.
        nid NID 10 14:4fff:ff20:ee64
        nsec3param NSEC3PARAM 1 0 12 AABBCCDD
        openpgpkey OPENPGPKEY AQMFD5raczCJHViKtLYhWGz8hMY9UGRuniJDBzC7w0aRyzWZriO6i2odGWWQVucZqKVsENW91IOW4vqudngPZsY3GvQ/xVA8/7pyFj6b7Esga60zyGW6LFe9r8n6paHrlG5ojqf0BaqHT+8=
        ptr PTR a
        px PX 65535 foo. bar.
        rp RP mbox.small.test. txt.small.test.
        rrsig RRSIG NSEC 1 3 3600 20000102030405 19961211100908 2143 foo.nil. MxFcby9k/yvedMfQgKzhH5er0Mu/vILz45IkskceFGgiWCn/GxHhai6VAuHAoNUz4YoU1tVfSCSqQYn6//11U6Nld80jEeC8aTrO+KKmCaY=
        smimea SMIMEA 1 1 2 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c1b177615d466f6c4b71c216a50292bd58c9ebdd2f74e38fe51ffd48c43326cbc
        spf SPF "v=spf1 -all"
        srv SRV 65535 65535 65535 old-slow-box
        sshfp SSHFP 4 2 c76d8329954da2835751e371544e963efda099080d6c58dd2bfd9a31d45e162c
        svcb SVCB 0 svc.small.test.
        ta TA 30795 1 1 310D27F4D82C1FC2400704EA9939FE6E1CEAA3B9
        talink TALINK talink0 talink2
        tlsa TLSA 3 1 1 8cb0fc6c527506a053f4f14c8464bebbd6dede2738d11468dd953d7d6a3021f1
        txt TXT "foo bar" "\"quoted\" \\ and \000\127\255" ""
        txt TXT "it's"
        type731 TYPE731 \# 6 abcdef012345
        uri URI 10 20 "https://www.isc.org/"
        wks WKS 10.0.0.1 6 0 1 2 21 23
        x25 X25 "123456789"
        zonemd ZONEMD 2018031900 1 1 62e6cf51b02e54b9b5f967d547ce43136792901f9f88e637493daaf401c92c279dd10f0edb1c56f8080211f8480ee306
        """;
}
