namespace NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;

/// <summary>Which names the attributes of a transform have.</summary>
internal enum IkeAttributeNames
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those of the key exchange itself; source: RFC 2409, appendix A.</summary>
    KeyExchange,

    /// <summary>Those of IPsec; source: RFC 2407, section 4.5.</summary>
    Ipsec,

    /// <summary>Those of encryption in version 2; source: RFC 7296, section 3.3.5.</summary>
    Encryption,
}

/// <summary>Prints attributes of transforms. Source: RFC 2408, section 3.3.</summary>
internal static class IkeAttributes
{
    private const byte IsShort = 0x80;

    private static readonly Token[] KeyExchange =
    [
        (1, "enc"), (2, "hash"), (3, "auth"), (4, "group desc"), (5, "group type"), (6, "group prime"), (7, "group gen1"), (8, "group gen2"),
        (9, "group curve A"), (10, "group curve B"), (11, "lifetype"), (12, "lifeduration"), (13, "prf"), (14, "keylen"), (15, "field"),
        (16, "order"),
    ];

    private static readonly Token[] Ipsec =
    [
        (1, "lifetype"), (2, "life"), (3, "group desc"), (4, "enc mode"), (5, "auth"), (6, "keylen"), (7, "rounds"), (8, "dictsize"),
        (9, "privalg"),
    ];

    private static readonly Token[] Encryption = [(14, "keylen")];

    private static readonly Token[] Ciphers = [(1, "1des"), (2, "idea"), (3, "blowfish"), (4, "rc5"), (5, "3des"), (6, "cast"), (7, "aes")];

    private static readonly Token[] Hashes = [(1, "md5"), (2, "sha1"), (3, "tiger"), (4, "sha2-256"), (5, "sha2-384"), (6, "sha2-512")];

    private static readonly Token[] Methods = [(1, "preshared"), (2, "dss"), (3, "rsa sig"), (4, "rsa enc"), (5, "rsa enc revised")];

    private static readonly Token[] GroupTypes = [(1, "MODP"), (2, "ECP"), (3, "EC2N")];

    private static readonly Token[] Lifetimes = [(1, "sec"), (2, "kb")];

    private static readonly Token[] Modes = [(1, "tunnel"), (2, "transport")];

    private static readonly Token[] Authentications = [(1, "hmac-md5"), (2, "hmac-sha1"), (3, "1des-mac"), (4, "keyed")];

    /// <summary>Prints the attributes of a transform.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the first begins.</param>
    /// <param name="end">Where the transform ends.</param>
    /// <param name="names">Which names they have.</param>
    /// <returns>Where they end; -1 if one is cut short.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, IkeAttributeNames names)
    {
        while (at < octets.Length && at < end && at >= 0 && !printer.IsCut)
            at = PrintAttribute(printer, octets, at, end, names);
        return at;
    }

    private static int PrintAttribute(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end, IkeAttributeNames names)
    {
        bool isShort = (printer.U8(octets, at) & IsShort) != 0;
        int value = printer.U16(octets, at + 2);
        int size = isShort ? 4 : 4 + value;
        if (printer.IsCut)
            return end;
        if (end < at + size)
        {
            printer.Put("[|attr]");
            return end + 1;
        }

        uint type = printer.U16(octets, at) & 0x7fffu;
        printer.Put("(type=");
        printer.Token(NamesOf(names), type, "#%u");
        if (!isShort)
        {
            printer.Put($" len={value} value=");
            bool isWhole = IkeNames.Raw(printer, octets, at + 4, value);
            printer.Put(")");
            return isWhole ? at + size : -1;
        }

        printer.Put(" value=");
        if (Token.Find(ValuesOf(names, type), (uint)value) is { } name)
            printer.Put(name);
        else
            IkeNames.Raw(printer, octets, at + 2, 2);
        printer.Put(")");
        return at + size;
    }

    private static ReadOnlySpan<Token> NamesOf(IkeAttributeNames names) => names switch
    {
        IkeAttributeNames.KeyExchange => KeyExchange,
        IkeAttributeNames.Ipsec => Ipsec,
        IkeAttributeNames.Encryption => Encryption,
        _ => [],
    };

    private static ReadOnlySpan<Token> ValuesOf(IkeAttributeNames names, uint type) => (names, type) switch
    {
        (IkeAttributeNames.KeyExchange, 1) => Ciphers,
        (IkeAttributeNames.KeyExchange, 2) => Hashes,
        (IkeAttributeNames.KeyExchange, 3) => Methods,
        (IkeAttributeNames.KeyExchange, 4) or (IkeAttributeNames.Ipsec, 3) => IkeNames.Groups.AsSpan(0, 17), // the last has no name here
        (IkeAttributeNames.KeyExchange, 5) => GroupTypes,
        (IkeAttributeNames.KeyExchange, 11) or (IkeAttributeNames.Ipsec, 1) => Lifetimes,
        (IkeAttributeNames.Ipsec, 4) => Modes,
        (IkeAttributeNames.Ipsec, 5) => Authentications,
        _ => [],
    };
}
