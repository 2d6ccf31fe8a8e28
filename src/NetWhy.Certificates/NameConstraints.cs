using System.Buffers;
using System.Numerics;
using NetWhy.Wire;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>The subtrees that a CA permits and excludes. Source: RFC 5280, section 4.2.1.10.</summary>
/// <param name="Permitted">Bases of the permitted subtrees.</param>
/// <param name="Excluded">Bases of the excluded ones.</param>
internal sealed record NameConstraints(List<GeneralName> Permitted, List<GeneralName> Excluded)
{
    // Reads the extension; the reason is null where it is well-formed.
    internal static NameConstraints? Read(ReadOnlyMemory<byte> octets, out string? reason)
    {
        const byte PermittedSubtrees = 0xa0;
        const byte ExcludedSubtrees = 0xa1;
        reason = "cannot be read";
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence) || outer.Whole.Length != octets.Length)
            return null;

        var result = new NameConstraints([], []);
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            List<GeneralName>? into = parts.Tag switch { PermittedSubtrees => result.Permitted, ExcludedSubtrees => result.Excluded, _ => null };
            if (into is null || !ReadSubtrees(octets, parts.Value, into, ref reason))
                return null;
        }

        if (!parts.IsAtEnd)
            return null;
        reason = result.Permitted.Count + result.Excluded.Count == 0 ? "permits nothing and excludes nothing" : null;
        return reason is null ? result : null;
    }

    // Whether a constraint of a kind that no verifier here understands stands in it.
    internal static bool IsUnderstood(GeneralNameKind kind) =>
        kind is GeneralNameKind.Dns or GeneralNameKind.Mailbox or GeneralNameKind.Uri or GeneralNameKind.Address or GeneralNameKind.Directory;

    private static bool ReadSubtrees(ReadOnlyMemory<byte> octets, ReadOnlySpan<byte> subtrees, List<GeneralName> into, ref string? reason)
    {
        var reader = new DerReader(subtrees);
        while (reader.Read() is OperationStatus.Done)
        {
            var subtree = new DerReader(reader.Value);
            if (reader.Tag != DerReader.Sequence || subtree.Read() is not OperationStatus.Done
                || !GeneralName.TryRead(subtree.Tag, OctetParts.Within(octets, subtree.Value), out GeneralName name))
            {
                return false;
            }

            if (!subtree.IsAtEnd)
            {
                reason = "has a minimum or maximum";
                return false;
            }

            if (Malformation(name) is { } malformation)
            {
                reason = malformation;
                return false;
            }

            into.Add(name);
        }

        return reader.IsAtEnd;
    }

    private static string? Malformation(GeneralName constraint)
    {
        switch (constraint.Kind)
        {
            case GeneralNameKind.Dns:
                return constraint.Value.IsEmpty || HostNames.IsWellFormed(constraint.Text, mayBeWildcard: false) ? null : $"{constraint.Text} is no DNS name";
            case GeneralNameKind.Mailbox:
                string text = constraint.Text;
                int at = text.IndexOf('@', StringComparison.Ordinal);
                string host = at < 0 ? text.TrimStart('.') : text[(at + 1)..];
                return at != 0 && HostNames.IsWellFormed(host, mayBeWildcard: false) ? null : $"{text} is no mail address, host or domain";
            case GeneralNameKind.Address:
                return constraint.Value.Length is 8 or 32 && IsMask(constraint.Value.Span[(constraint.Value.Length / 2)..])
                    ? null
                    : "an address range is not an address with a mask";
            case GeneralNameKind.Directory:
                return DistinguishedName.Read(constraint.Value.Span) is null ? "a directory name cannot be read" : null;
            default:
                return null;
        }
    }

    private static bool IsMask(ReadOnlySpan<byte> mask)
    {
        bool hasEnded = false;
        foreach (byte octet in mask)
        {
            int ones = BitOperations.LeadingZeroCount(~((uint)octet << 24) & 0xff000000);
            if ((hasEnded && octet != 0) || (ones < 8 && (byte)(octet << ones) != 0))
                return false;
            hasEnded |= ones < 8;
        }

        return true;
    }

    // Whether a name is within the subtree of a constraint of its kind. Of a wildcard: for exclusions, whether any name it covers is.
    internal static bool Covers(GeneralName constraint, GeneralName name, bool isExclusion)
    {
        switch (constraint.Kind)
        {
            case GeneralNameKind.Dns:
                return CoversHost(constraint.Text, name.Text, isExclusion);
            case GeneralNameKind.Mailbox:
                return CoversMailbox(constraint.Text, name.Text);
            case GeneralNameKind.Uri:
                // The constraint is for the host of the URI; one with a dot in front is for those below only.
                return Uri.TryCreate(name.Text, UriKind.Absolute, out Uri? uri)
                    && (constraint.Text.StartsWith('.')
                        ? uri.Host.EndsWith(constraint.Text, StringComparison.OrdinalIgnoreCase)
                        : uri.Host.Equals(constraint.Text, StringComparison.OrdinalIgnoreCase));
            case GeneralNameKind.Address:
                int length = name.Value.Length;
                if (constraint.Value.Length != 2 * length)
                    return false;
                ReadOnlySpan<byte> address = name.Value.Span, range = constraint.Value.Span;
                for (int i = 0; i < length; i++)
                {
                    if (((address[i] ^ range[i]) & range[length + i]) != 0)
                        return false;
                }

                return true;
            case GeneralNameKind.Directory:
                return DistinguishedName.Read(name.Value.Span) is { } own && DistinguishedName.Read(constraint.Value.Span) is { } root && own.IsWithin(root);
            default:
                return false;
        }
    }

    private static bool CoversHost(string constraint, string name, bool isExclusion)
    {
        if (constraint.Length == 0)
            return true;
        if (name.StartsWith("*.", StringComparison.Ordinal))
        {
            string parent = name[2..];
            return IsSameOrBelow(constraint, parent) || (isExclusion && HasParent(constraint, parent));
        }

        return IsSameOrBelow(constraint, name);
    }

    private static bool HasParent(string name, string parent) =>
        name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && name.AsSpan(dot + 1).Equals(parent, StringComparison.OrdinalIgnoreCase);

    private static bool IsSameOrBelow(string constraint, string name) =>
        name.EndsWith(constraint, StringComparison.OrdinalIgnoreCase) && (name.Length == constraint.Length || name[^(constraint.Length + 1)] == '.');

    private static bool CoversMailbox(string constraint, string name)
    {
        int at = name.LastIndexOf('@');
        string host = name[(at + 1)..];
        if (constraint.LastIndexOf('@') is >= 0 and var separator)
        {
            return at == separator && string.Equals(name[..at], constraint[..separator], StringComparison.Ordinal)
                && host.Equals(constraint[(separator + 1)..], StringComparison.OrdinalIgnoreCase);
        }

        return constraint.StartsWith('.')
            ? host.EndsWith(constraint, StringComparison.OrdinalIgnoreCase)
            : host.Equals(constraint, StringComparison.OrdinalIgnoreCase);
    }
}
