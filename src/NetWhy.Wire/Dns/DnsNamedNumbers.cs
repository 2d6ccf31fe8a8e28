namespace NetWhy.Wire.Dns;

/// <summary>Small numbers in data that have names: both ways.</summary>
internal static class DnsNamedNumbers
{
    // Source: IANA, "CERT RR Certificate Types"; RFC 4398, section 2.1.
    private static readonly (ushort Number, string Name)[] CertificateTypes =
        [(1, "PKIX"), (2, "SPKI"), (3, "PGP"), (4, "IPKIX"), (5, "ISPKI"), (6, "IPGP"), (7, "ACPKIX"), (8, "IACPKIX"), (253, "URI"), (254, "OID")];

    // Source: IANA, "DSYNC: Location of Synchronization Endpoints"; RFC 9859.
    private static readonly (ushort Number, string Name)[] NotifySchemes = [(1, "NOTIFY")];

    // Source: RFC 8945, section 5.3; RFC 2930, section 2.6.
    private static readonly (ushort Number, string Name)[] Errors =
    [
        (0, "NOERROR"), (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"), (6, "YXDOMAIN"), (7, "YXRRSET"),
        (8, "NXRRSET"), (9, "NOTAUTH"), (10, "NOTZONE"), (16, "BADSIG"), (17, "BADKEY"), (18, "BADTIME"), (19, "BADMODE"), (20, "BADNAME"),
        (21, "BADALG"), (22, "BADTRUNC"), (23, "BADCOOKIE"),
    ];

    internal static void WriteCertificateType(scoped ref DnsBufferWriter writer, ushort number) => Write(ref writer, CertificateTypes, number);

    internal static void WriteNotifyScheme(scoped ref DnsBufferWriter writer, byte number) => Write(ref writer, NotifySchemes, number);

    internal static void WriteError(scoped ref DnsBufferWriter writer, ushort number) => Write(ref writer, Errors, number);

    internal static bool TryParseCertificateType(ReadOnlySpan<byte> text, out ushort number) => TryParse(CertificateTypes, text, out number);

    internal static bool TryParseNotifyScheme(ReadOnlySpan<byte> text, out ushort number) => TryParse(NotifySchemes, text, out number);

    internal static bool TryParseError(ReadOnlySpan<byte> text, out ushort number) => TryParse(Errors, text, out number);

    private static void Write(scoped ref DnsBufferWriter writer, (ushort Number, string Name)[] names, ushort number)
    {
        foreach ((ushort known, string name) in names)
        {
            if (known == number)
            {
                writer.Add(name);
                return;
            }
        }

        writer.AddNumber(number);
    }

    private static bool TryParse((ushort Number, string Name)[] names, ReadOnlySpan<byte> text, out ushort number)
    {
        foreach ((ushort known, string name) in names)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(text, name))
            {
                number = known;
                return true;
            }
        }

        number = 0;
        return text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && ushort.TryParse(text, out number);
    }
}
