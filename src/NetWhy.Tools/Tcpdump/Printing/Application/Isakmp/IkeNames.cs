namespace NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;

/// <summary>Names that both versions of the key exchange use. Source: RFC 2407, RFC 2408, RFC 2409, RFC 7296.</summary>
internal static class IkeNames
{
    /// <summary>Payload of proposals.</summary>
    internal const byte Proposal = 2;

    /// <summary>Payload of transforms.</summary>
    internal const byte Transform = 3;

    private static readonly Token[] Payloads =
    [
        (0, "none"), (1, "sa"), (Proposal, "p"), (Transform, "t"), (4, "ke"), (5, "id"), (6, "cert"), (7, "cr"), (8, "hash"), (9, "sig"),
        (10, "nonce"), (11, "n"), (12, "d"), (13, "vid"), (33, "v2sa"), (34, "v2ke"), (35, "v2IDi"), (36, "v2IDr"), (37, "v2cert"),
        (38, "v2cr"), (39, "v2auth"), (40, "v2nonce"), (41, "v2n"), (42, "v2d"), (43, "v2vid"), (44, "v2TSi"), (45, "v2TSr"), (46, "v2e"),
        (47, "v2cp"), (48, "v2eap"),
    ];

    private static readonly Token[] Exchanges =
    [
        (0, "none"), (1, "base"), (2, "ident"), (3, "auth"), (4, "agg"), (5, "inf"), (32, "oakley-quick"), (33, "oakley-newgroup"),
        (34, "ikev2_init"), (35, "ikev2_auth"), (36, "child_sa"), (37, "inf2"),
    ];

    private static readonly Token[] Protocols = [(1, "isakmp"), (2, "ipsec-ah"), (3, "ipsec-esp"), (4, "ipcomp")];

    /// <summary>Groups of Diffie and Hellman's exchange.</summary>
    internal static readonly Token[] Groups =
    [
        (1, "modp768"), (2, "modp1024"), (3, "EC2N 2^155"), (4, "EC2N 2^185"), (5, "modp1536"), (6, "iana-grp06"), (7, "iana-grp07"),
        (8, "iana-grp08"), (9, "iana-grp09"), (10, "iana-grp10"), (11, "iana-grp11"), (12, "iana-grp12"), (13, "iana-grp13"),
        (14, "modp2048"), (15, "modp3072"), (16, "modp4096"), (17, "modp6144"), (18, "modp8192"),
    ];

    /// <summary>Transforms of the Encapsulating Security Payload.</summary>
    internal static readonly Token[] EncryptionTransforms =
    [
        (1, "1des-iv64"), (2, "1des"), (3, "3des"), (4, "rc5"), (5, "idea"), (6, "cast"), (7, "blowfish"), (8, "3idea"), (9, "1des-iv32"),
        (10, "rc4"), (11, "null"), (12, "aes"),
    ];

    /// <summary>Prints the name of a payload.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="type">The payload.</param>
    internal static void Payload(PacketPrinter printer, byte type)
    {
        if (type is >= 14 and <= 32)
            printer.Put($"pay{type}");
        else
            printer.Token(Payloads, type, "#%u");
    }

    /// <summary>Prints that a payload is cut short.</summary>
    /// <inheritdoc cref="Payload"/>
    internal static void Cut(PacketPrinter printer, byte type)
    {
        printer.Put(" [|");
        Payload(printer, type);
        printer.Put("]");
    }

    /// <summary>Prints the name of an exchange.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="type">The exchange.</param>
    internal static void Exchange(PacketPrinter printer, byte type) => printer.Token(Exchanges, type, "#%u");

    /// <summary>Prints the name of a protocol.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="type">The protocol.</param>
    internal static void Protocol(PacketPrinter printer, byte type) => printer.Token(Protocols, type, "#%u");

    /// <summary>Prints octets in hexadecimal digits.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first.</param>
    /// <param name="count">How many.</param>
    /// <returns>Whether they were captured.</returns>
    internal static bool Raw(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        if (!PacketPrinter.Has(octets, at, count))
            return false;
        foreach (byte octet in octets.Slice(at, count))
            printer.Text.AddHexadecimal(octet, 2);
        return true;
    }

    /// <summary>Prints the first and the last octets of what is left of a capture.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first octet.</param>
    /// <returns>Whether there was any.</returns>
    internal static bool SomeData(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        const int First = 10, Last = 20;
        if (at > octets.Length)
            return false;
        int first = Math.Min(octets.Length - at, First);
        int tail = Math.Max(octets.Length - Last, at + first);
        printer.Put(" data=(");
        Raw(printer, octets, at, first);
        printer.Put("...");
        Raw(printer, octets, tail, octets.Length - tail);
        printer.Put(")");
        return true;
    }
}
