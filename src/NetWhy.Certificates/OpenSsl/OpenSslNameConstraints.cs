using System.Buffers;
using System.Text;
using NetWhy.Wire;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Name constraints as OpenSSL reads and applies them.</summary>
/// <remarks>Source: RFC 5280, section 4.2.1.10; where it leaves room, what NAME_CONSTRAINTS_check of OpenSSL 3.0 does.</remarks>
internal sealed class OpenSslNameConstraints
{
    private const int MostComparisons = 1 << 20;
    private const string SmtpMailbox = "1.3.6.1.5.5.7.8.9"; // id-on-SmtpUTF8Mailbox, RFC 8398

    private readonly List<Subtree> _permitted = [];
    private readonly List<Subtree> _excluded = [];

    internal static OpenSslNameConstraints? Read(ReadOnlyMemory<byte> octets)
    {
        const byte Permitted = 0xa0;
        const byte Excluded = 0xa1;
        var result = new OpenSslNameConstraints();
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence))
            return null;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            List<Subtree>? into = parts.Tag switch { Permitted => result._permitted, Excluded => result._excluded, _ => null };
            if (into is null || !ReadSubtrees(octets, parts.Value, into))
                return null;
        }

        return parts.IsAtEnd ? result : null;
    }

    // Holds the names of a certificate against the constraints; 0 if they are kept.
    internal int Check(OpenSslCertificate certificate)
    {
        List<GeneralName> alternatives = certificate.Extensions.AlternativeNames ?? [];
        IReadOnlyList<(string Type, string Value)> attributes = certificate.SubjectName?.Attributes ?? [];
        int names = attributes.Count + alternatives.Count, constraints = _permitted.Count + _excluded.Count;
        if (names > 0 && constraints > MostComparisons / names)
            return OpenSslCode.Unspecified;

        if (attributes.Count > 0)
        {
            var directory = new GeneralName(GeneralNameKind.Directory, certificate.Certificate.SubjectOctets);
            if (Match(directory) is var code && code != 0)
                return code;
            foreach ((string type, byte tag, byte[] value) in AttributesOf(certificate.Certificate.SubjectOctets.Span))
            {
                if (type is not ObjectIdentifiers.EmailAddress)
                    continue;
                const byte Ia5String = 0x16;
                code = tag == Ia5String ? Match(new GeneralName(GeneralNameKind.Mailbox, value)) : OpenSslCode.UnsupportedNameSyntax;
                if (code != 0)
                    return code;
            }
        }

        foreach (GeneralName name in alternatives)
        {
            if (Match(name) is var code && code != 0)
                return code;
        }

        return 0;
    }

    // The same for common names that look like host names: clients may take them for that where there are no alternative ones.
    internal int CheckCommonNames(OpenSslCertificate certificate)
    {
        foreach ((string type, byte tag, byte[] value) in AttributesOf(certificate.Certificate.SubjectOctets.Span))
        {
            if (type is not ObjectIdentifiers.CommonName)
                continue;
            string text = WholeText(tag, value).TrimEnd('\0');
            if (text.Contains('\0', StringComparison.Ordinal))
                return OpenSslCode.UnsupportedNameSyntax;
            if (LooksLikeHost(text) && Match(new GeneralName(GeneralNameKind.Dns, Encoding.ASCII.GetBytes(text))) is var code && code != 0)
                return code;
        }

        return 0;
    }

    private static bool LooksLikeHost(string text)
    {
        bool hasDot = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_')
                continue;
            if (i == 0 || i == text.Length - 1)
                return false;
            if (text[i] == '-')
                continue;
            if (text[i] != '.' || text[i + 1] is '.' or '-' || text[i - 1] == '-')
                return false;
            hasDot = true;
        }

        return hasDot;
    }

    private static string WholeText(byte tag, byte[] value)
    {
        const byte BmpString = 0x1e;
        const byte UniversalString = 0x1c;
        const byte Utf8String = 0x0c;
        return tag switch
        {
            BmpString => Encoding.BigEndianUnicode.GetString(value),
            UniversalString => new UTF32Encoding(bigEndian: true, byteOrderMark: false).GetString(value),
            Utf8String => Encoding.UTF8.GetString(value),
            _ => Encoding.Latin1.GetString(value),
        };
    }

    private static List<(string Type, byte Tag, byte[] Value)> AttributesOf(ReadOnlySpan<byte> name)
    {
        List<(string, byte, byte[])> attributes = [];
        var outer = new DerReader(name);
        _ = outer.Read();
        var sets = new DerReader(outer.Value);
        while (sets.Read() is OperationStatus.Done)
        {
            var members = new DerReader(sets.Value);
            while (members.Read() is OperationStatus.Done)
            {
                var attribute = new DerReader(members.Value);
                if (!attribute.Read(DerReader.ObjectIdentifier))
                    continue;
                string type = DerReader.Dotted(attribute.Value);
                if (type is ObjectIdentifiers.EmailAddress or ObjectIdentifiers.CommonName && attribute.Read() is OperationStatus.Done)
                    attributes.Add((type, attribute.Tag, attribute.Value.ToArray()));
            }
        }

        return attributes;
    }

    private static bool ReadSubtrees(ReadOnlyMemory<byte> octets, ReadOnlySpan<byte> subtrees, List<Subtree> into)
    {
        const byte Minimum = 0x80;
        var reader = new DerReader(subtrees);
        while (reader.Read() is OperationStatus.Done)
        {
            var subtree = new DerReader(reader.Value);
            if (reader.Tag != DerReader.Sequence || subtree.Read() is not OperationStatus.Done
                || !GeneralName.TryRead(subtree.Tag, OctetParts.Within(octets, subtree.Value), out GeneralName name))
            {
                return false;
            }

            bool isBounded = false;
            while (subtree.Read() is OperationStatus.Done)
                isBounded |= subtree.Tag != Minimum || subtree.Value.ContainsAnyExcept((byte)0);
            into.Add(new Subtree(name, name.Kind is GeneralNameKind.Directory ? DistinguishedName.Read(name.Value.Span) : null, isBounded));
        }

        return reader.IsAtEnd;
    }

    private int Match(GeneralName name)
    {
        DistinguishedName? directory = name.Kind is GeneralNameKind.Directory ? DistinguishedName.Read(name.Value.Span) : null;
        string? other = name.Kind is GeneralNameKind.Other ? OtherType(name.Value.Span) : null;
        GeneralNameKind kind = other is SmtpMailbox ? GeneralNameKind.Mailbox : name.Kind;
        bool isConstrained = false, isPermitted = false;
        foreach (Subtree subtree in _permitted)
        {
            if (!IsAbout(subtree, kind, other))
                continue;
            if (subtree.IsBounded)
                return OpenSslCode.SubtreeMinMax;
            isConstrained = true;
            if (isPermitted)
                continue;
            int code = MatchOne(kind, name, directory, subtree);
            isPermitted = code == 0;
            if (code is not (0 or OpenSslCode.PermittedViolation))
                return code;
        }

        if (isConstrained && !isPermitted)
            return OpenSslCode.PermittedViolation;
        foreach (Subtree subtree in _excluded)
        {
            if (!IsAbout(subtree, kind, other))
                continue;
            if (subtree.IsBounded)
                return OpenSslCode.SubtreeMinMax;
            int code = MatchOne(kind, name, directory, subtree);
            if (code != OpenSslCode.PermittedViolation)
                return code == 0 ? OpenSslCode.ExcludedViolation : code;
        }

        return 0;
    }

    private static bool IsAbout(Subtree subtree, GeneralNameKind kind, string? other) =>
        subtree.Base.Kind == kind && (kind is not GeneralNameKind.Other || OtherType(subtree.Base.Value.Span) == other);

    private static string OtherType(ReadOnlySpan<byte> other)
    {
        var reader = new DerReader(other);
        return reader.Read(DerReader.ObjectIdentifier) ? DerReader.Dotted(reader.Value) : "";
    }

    // 0 if a name is within a subtree, PermittedViolation if not, else what is wrong.
    private static int MatchOne(GeneralNameKind kind, GeneralName name, DistinguishedName? directory, Subtree subtree) => (name.Kind, kind) switch
    {
        (GeneralNameKind.Other, GeneralNameKind.Mailbox) => MatchInternationalMailbox(name.Value.Span, subtree.Base.Value.Span),
        (GeneralNameKind.Directory, _) => Within(directory is not null && subtree.Directory is { } root && directory.IsWithin(root)),
        (GeneralNameKind.Dns, _) => MatchHost(name.Value.Span, subtree.Base.Value.Span),
        (GeneralNameKind.Mailbox, _) => MatchMailbox(name.Value.Span, subtree.Base.Value.Span),
        (GeneralNameKind.Uri, _) => MatchUri(name.Value.Span, subtree.Base.Value.Span),
        (GeneralNameKind.Address, _) => MatchAddress(name.Value.Span, subtree.Base.Value.Span),
        _ => OpenSslCode.UnsupportedConstraintType,
    };

    private static int Within(bool isWithin) => isWithin ? 0 : OpenSslCode.PermittedViolation;

    private static bool IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(one, other) || one.SequenceEqual(other);

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) => text.Length >= end.Length && IsSame(text[^end.Length..], end);

    private static int MatchHost(ReadOnlySpan<byte> name, ReadOnlySpan<byte> root) => Within(root.IsEmpty
        || (EndsWith(name, root) && (name.Length == root.Length || root[0] == '.' || name[^(root.Length + 1)] == '.')));

    private static int MatchMailbox(ReadOnlySpan<byte> name, ReadOnlySpan<byte> root)
    {
        int at = name.LastIndexOf((byte)'@'), rootAt = root.LastIndexOf((byte)'@');
        if (at < 0)
            return OpenSslCode.UnsupportedNameSyntax;
        if (rootAt < 0 && root is [(byte)'.', ..])
            return Within(name.Length > root.Length && EndsWith(name, root));
        if (rootAt > 0)
        {
            if (name[..at].Contains((byte)0) || root[..rootAt].Contains((byte)0))
                return OpenSslCode.UnsupportedNameSyntax;
            if (!name[..at].SequenceEqual(root[..rootAt]))
                return OpenSslCode.PermittedViolation;
        }

        return Within(IsSame(name[(at + 1)..], root[(rootAt + 1)..]));
    }

    // A mailbox with letters beyond ASCII. Hosts are compared as they are written: those in Punycode match none that is not.
    private static int MatchInternationalMailbox(ReadOnlySpan<byte> other, ReadOnlySpan<byte> root)
    {
        const byte ExplicitValue = 0xa0;
        const byte Utf8String = 0x0c;
        var reader = new DerReader(other);
        if (!reader.Read(DerReader.ObjectIdentifier) || !reader.Read(ExplicitValue))
            return OpenSslCode.UnsupportedNameSyntax;
        var value = new DerReader(reader.Value);
        return value.Read(Utf8String) && value.Value.Contains((byte)'@') ? MatchMailbox(value.Value, root) : OpenSslCode.UnsupportedNameSyntax;
    }

    private static int MatchUri(ReadOnlySpan<byte> name, ReadOnlySpan<byte> root)
    {
        int colon = name.IndexOf((byte)':');
        if (colon < 0 || !name[(colon + 1)..].StartsWith("//"u8))
            return OpenSslCode.UnsupportedNameSyntax;
        ReadOnlySpan<byte> host = name[(colon + 3)..];
        int end = host.IndexOf((byte)':');
        end = end < 0 ? host.IndexOf((byte)'/') : end;
        host = end < 0 ? host : host[..end];
        if (host.IsEmpty)
            return OpenSslCode.UnsupportedNameSyntax;
        return Within(root is [(byte)'.', ..] ? host.Length > root.Length && EndsWith(host, root) : IsSame(host, root));
    }

    private static int MatchAddress(ReadOnlySpan<byte> address, ReadOnlySpan<byte> range)
    {
        if (address.Length is not (4 or 16))
            return OpenSslCode.UnsupportedNameSyntax;
        if (range.Length is not (8 or 32))
            return OpenSslCode.UnsupportedConstraintSyntax;
        if (range.Length != 2 * address.Length)
            return OpenSslCode.PermittedViolation;
        for (int i = 0; i < address.Length; i++)
        {
            if (((address[i] ^ range[i]) & range[address.Length + i]) != 0)
                return OpenSslCode.PermittedViolation;
        }

        return 0;
    }

    private readonly record struct Subtree(GeneralName Base, DistinguishedName? Directory, bool IsBounded);
}
