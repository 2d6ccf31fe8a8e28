namespace NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;

/// <summary>Prints payloads of version 1 of the key exchange. Source: RFC 2407, section 4.6; RFC 2408, sections 3.4 to 3.16.</summary>
internal static class Ike1Payloads
{
    private const uint Ipsec = 1;
    private const int Header = 4;
    private const ushort ResponderLifetime = 24576;
    private const ushort ReplayStatus = 24577;

    private static readonly Token[] KeyExchange = [(1, "ike")];

    private static readonly Token[] Authentication =
    [
        (1, "(reserved)"), (2, "md5"), (3, "sha"), (4, "1des"), (5, "sha2-256"), (6, "sha2-384"), (7, "sha2-512"),
    ];

    private static readonly Token[] Compression = [(1, "oui"), (2, "deflate"), (3, "lzs")];

    private static readonly Token[] Identities =
    [
        (1, "IPv4"), (2, "FQDN"), (3, "user FQDN"), (4, "IPv4net"), (5, "IPv6"), (6, "IPv6net"), (7, "IPv4range"), (8, "IPv6range"),
        (9, "ASN1 DN"), (10, "ASN1 GN"), (11, "keyid"),
    ];

    private static readonly Token[] Certificates =
    [
        (0, "none"), (1, "pkcs7"), (2, "pgp"), (3, "dns"), (4, "x509sign"), (5, "x509ke"), (6, "kerberos"), (7, "crl"), (8, "arl"),
        (9, "spki"), (10, "x509attr"),
    ];

    private static readonly Token[] Errors =
    [
        (1, "INVALID-PAYLOAD-TYPE"), (2, "DOI-NOT-SUPPORTED"), (3, "SITUATION-NOT-SUPPORTED"), (4, "INVALID-COOKIE"),
        (5, "INVALID-MAJOR-VERSION"), (6, "INVALID-MINOR-VERSION"), (7, "INVALID-EXCHANGE-TYPE"), (8, "INVALID-FLAGS"),
        (9, "INVALID-MESSAGE-ID"), (10, "INVALID-PROTOCOL-ID"), (11, "INVALID-SPI"), (12, "INVALID-TRANSFORM-ID"),
        (13, "ATTRIBUTES-NOT-SUPPORTED"), (14, "NO-PROPOSAL-CHOSEN"), (15, "BAD-PROPOSAL-SYNTAX"), (16, "PAYLOAD-MALFORMED"),
        (17, "INVALID-KEY-INFORMATION"), (18, "INVALID-ID-INFORMATION"), (19, "INVALID-CERT-ENCODING"), (20, "INVALID-CERTIFICATE"),
        (21, "CERT-TYPE-UNSUPPORTED"), (22, "INVALID-CERT-AUTHORITY"), (23, "INVALID-HASH-INFORMATION"), (24, "AUTHENTICATION-FAILED"),
        (25, "INVALID-SIGNATURE"), (26, "ADDRESS-NOTIFICATION"), (27, "NOTIFY-SA-LIFETIME"), (28, "CERTIFICATE-UNAVAILABLE"),
        (29, "UNSUPPORTED-EXCHANGE-TYPE"), (30, "UNEQUAL-PAYLOAD-LENGTHS"),
    ];

    /// <summary>Prints a payload.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of the message; all of the payload.</param>
    /// <param name="type">What it is.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="size">What it is long.</param>
    /// <param name="protocol">For which protocol transforms are.</param>
    /// <param name="depth">How deep it lies.</param>
    /// <returns>Where the next begins; -1 if it is cut short.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, int size, byte protocol, int depth)
    {
        IkeNames.Payload(printer, type);
        printer.Put(":");
        int end = type switch
        {
            1 => PrintAssociation(printer, octets, at, protocol, depth),
            IkeNames.Proposal => PrintProposal(printer, octets, at, depth),
            IkeNames.Transform => PrintTransform(printer, octets, at, size, protocol),
            4 => PrintOpaque(printer, octets, at, size, " key len="),
            5 => PrintIdentity(printer, octets, at, size),
            6 or 7 => PrintCertificate(printer, octets, at, size),
            10 => PrintNonce(printer, octets, at, size),
            11 => PrintNotification(printer, octets, at, size),
            12 => PrintDeletion(printer, octets, at),
            _ => PrintOpaque(printer, octets, at, size, " len="),
        };
        if (end == CutShort)
        {
            IkeNames.Cut(printer, type);
            return -1;
        }

        return end;
    }

    private const int CutShort = -2;

    private static int PrintAssociation(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, byte protocol, int depth)
    {
        if (!PacketPrinter.Has(octets, at, 12))
            return CutShort;
        uint domain = printer.U32(octets, at + 4), situation = printer.U32(octets, at + 8);
        if (domain != Ipsec)
        {
            printer.Put($" doi={domain} situation={situation}");
            return at + 12;
        }

        printer.Put(" doi=ipsec situation=");
        if ((situation & 1) != 0)
            printer.Put("identity");
        if ((situation & 2) != 0)
            printer.Put((situation & 1) != 0 ? "+secrecy" : "secrecy");
        if ((situation & 4) != 0)
            printer.Put((situation & 3) != 0 ? "+integrity" : "integrity");
        int next = at + 12;
        if (situation != 1)
        {
            printer.Put($" ident={printer.U32(octets, at + 4)}");
            next += 4;
        }

        return PacketPrinter.Has(octets, next, Header)
            ? IsakmpPrinter.PrintChain(printer, octets, IkeNames.Proposal, next, protocol, depth, isVersion2: false)
            : CutShort;
    }

    private static int PrintProposal(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int depth)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        byte protocol = octets[at + 5];
        int index = octets[at + 6];
        printer.Put($" #{octets[at + 4]} protoid=");
        IkeNames.Protocol(printer, protocol);
        printer.Put($" transform={octets[at + 7]}");
        if (index > 0)
        {
            printer.Put(" spi=");
            if (!IkeNames.Raw(printer, octets, at + 8, index))
                return CutShort;
        }

        int next = at + 8 + index;
        return PacketPrinter.Has(octets, next, Header)
            ? IsakmpPrinter.PrintChain(printer, octets, IkeNames.Transform, next, protocol, depth, isVersion2: false)
            : CutShort;
    }

    private static int PrintTransform(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, byte protocol)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        printer.Put($" #{octets[at + 4]} id=");
        ReadOnlySpan<Token> identifiers = protocol switch
        {
            1 => KeyExchange,
            2 => Authentication,
            3 => IkeNames.EncryptionTransforms,
            4 => Compression,
            _ => [],
        };
        printer.Token(identifiers, octets[at + 5], protocol is >= 1 and <= 4 ? "#%u" : "%u");
        printer.Put(" ");
        IkeAttributeNames names = protocol switch
        {
            1 => IkeAttributeNames.KeyExchange,
            2 or 3 or 4 => IkeAttributeNames.Ipsec,
            _ => IkeAttributeNames.None,
        };
        int end = IkeAttributes.Print(printer, octets, at + 8, at + size, names);
        return end < 0 ? CutShort : end;
    }

    private static int PrintOpaque(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, string text)
    {
        printer.Put($"{text}{size - Header}");
        return PrintRaw(printer, octets, at + Header, size - Header) ? at + size : CutShort;
    }

    private static bool PrintRaw(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        if (printer.Verbosity <= 2 || count <= 0)
            return true;
        printer.Put(" ");
        return IkeNames.Raw(printer, octets, at, count);
    }

    private static int PrintIdentity(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        byte type = octets[at + 4], protocol = octets[at + 5];
        printer.Put(" idtype=");
        printer.Token(Identities, type, "#%u");
        if (!printer.Options.IsNumeric && protocol != 0 && printer.Names.Protocol(protocol) is { } name)
            printer.Put($" protoid={name}");
        else
            printer.Put($" protoid={protocol}");
        printer.Put($" port={printer.U16(octets, at + 6)}");
        int length = size - 8;
        if (length <= 0)
            return at + size;
        ReadOnlySpan<byte> data = octets.Slice(at + 8, length);
        printer.Put($" len={length}");
        int address = type is 5 or 6 or 8 ? 16 : 4;
        switch (type)
        {
            case 1 or 5:
                if (HasLength(printer, length, address))
                    PutAddress(printer, data, 0, address);
                break;
            case 2 or 3:
                printer.Put(" ");
                printer.Characters(data, 0, length);
                break;
            case 4 or 6:
                if (!HasLength(printer, length, address * 2))
                    break;
                PutAddress(printer, data, 0, address);
                if (type == 4)
                {
                    printer.Put($"/{data[4]}.{data[5]}.{data[6]}.{data[7]}");
                    break;
                }

                printer.Put("/0x");
                IkeNames.Raw(printer, data, 16, 16);
                break;
            case 7 or 8:
                if (!HasLength(printer, length, address * 2))
                    break;
                PutAddress(printer, data, 0, address);
                printer.Put("-");
                PutAddress(printer, data, address, address);
                break;
            default:
                PrintRaw(printer, data, 0, length);
                break;
        }

        return at + size;
    }

    private static bool HasLength(PacketPrinter printer, int length, int least)
    {
        if (length >= least)
            printer.Put(" ");
        else
            printer.Put($" [bad: < {least}]");
        return length >= least;
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> data, int at, int size)
    {
        if (size == 4)
            printer.Ipv4Address(data, at);
        else
            printer.Ipv6Address(data, at);
    }

    private static int PrintCertificate(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 6))
            return CutShort;
        printer.Put($" len={size - Header} type=");
        printer.Token(Certificates, octets[at + 4], "#%u");
        return PrintRaw(printer, octets, at + Header, size - Header) ? at + size : CutShort;
    }

    private static int PrintNonce(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        printer.Put($" n len={size - Header}");
        if (printer.Verbosity > 2)
            return PrintRaw(printer, octets, at + Header, size - Header) ? at + size : CutShort;
        if (printer.Verbosity > 1)
        {
            printer.Put(" ");
            IkeNames.SomeData(printer, octets, at + Header);
        }

        return at + size;
    }

    private static int PrintNotification(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 12))
            return CutShort;
        uint domain = printer.U32(octets, at + 4);
        byte protocol = octets[at + 8];
        int index = octets[at + 9];
        ushort type = printer.U16(octets, at + 10);
        if (domain == Ipsec)
        {
            printer.Put(" doi=ipsec proto=");
            IkeNames.Protocol(printer, protocol);
        }
        else
        {
            printer.Put($" doi={domain} proto={protocol}");
        }

        printer.Put(" type=");
        PrintNotificationType(printer, type, domain == Ipsec);
        if (index > 0)
        {
            printer.Put(" spi=");
            if (!IkeNames.Raw(printer, octets, at + 12, index))
                return CutShort;
        }

        int data = at + 12 + index;
        if (domain != Ipsec)
            return data;
        if (data < octets.Length && !PrintNotificationData(printer, octets, data, at + size, type))
            return CutShort;
        return at + size;
    }

    private static void PrintNotificationType(PacketPrinter printer, ushort type, bool isIpsec)
    {
        switch (type)
        {
            case < 8192:
                printer.Token(Errors, type, "#%u");
                break;
            case < 16384 when isIpsec:
                printer.Put(type == 8192 ? "RESERVED" : $"#{type - 8192}");
                break;
            case >= 16384 and < 24576:
                printer.Put(type == 16384 ? "CONNECTED" : $"#{type - 16384}");
                break;
            case >= 24576 and < 32768 when isIpsec:
                printer.Put(type switch
                {
                    ResponderLifetime => "RESPONDER-LIFETIME",
                    ReplayStatus => "REPLAY-STATUS",
                    24578 => "INITIAL-CONTACT",
                    _ => $"#{type - 24576}",
                });
                break;
            default:
                printer.Put($"#{(uint)type}");
                break;
        }
    }

    private static bool PrintNotificationData(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, ushort type)
    {
        switch (type)
        {
            case ResponderLifetime:
                printer.Put(" attrs=(");
                int next = IkeAttributes.Print(printer, octets, at, end, IkeAttributeNames.KeyExchange);
                printer.Put(")");
                return next >= 0;
            case ReplayStatus:
                printer.Put(" status=(");
                uint status = printer.U32(octets, at);
                printer.Put(status != 0 ? "replay detection enabled)" : "replay detection disabled)");
                return true;
            default:
                if (printer.Verbosity <= 3)
                    return IkeNames.SomeData(printer, octets, at);
                printer.Put(" data=(");
                IkeNames.Raw(printer, octets, at, octets.Length - at);
                printer.Put(")");
                return true;
        }
    }

    private static int PrintDeletion(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!PacketPrinter.Has(octets, at, 12))
            return CutShort;
        uint domain = printer.U32(octets, at + 4);
        int size = octets[at + 9], count = printer.U16(octets, at + 10);
        if (domain == Ipsec)
        {
            printer.Put(" doi=ipsec proto=");
            IkeNames.Protocol(printer, octets[at + 8]);
        }
        else
        {
            printer.Put($" doi={domain} proto={octets[at + 8]}");
        }

        printer.Put($" spilen={size} nspi={count} spi=");
        int index = at + 12;
        for (int i = 0; i < count; i++, index += size)
        {
            if (i > 0)
                printer.Put(",");
            if (!IkeNames.Raw(printer, octets, index, size))
                return CutShort;
        }

        return index;
    }
}
