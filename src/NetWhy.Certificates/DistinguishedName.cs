using System.Buffers;
using System.Text;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>A Name, ready to be compared. Source: RFC 5280, section 7.1; RFC 4518 (case and spaces of strings do not count).</summary>
internal sealed class DistinguishedName
{
    private const int MostSets = 4096;
    private const int LongestString = 256; // what the reader of strings gives whole; longer ones are compared as encoded

    private readonly string[] _sets;

    private DistinguishedName(string[] sets, List<(string Type, string Value)> attributes)
    {
        _sets = sets;
        Attributes = attributes;
        Key = string.Join('\u0001', sets);
    }

    internal string Key { get; }

    internal IReadOnlyList<(string Type, string Value)> Attributes { get; }

    internal bool IsEmpty => _sets.Length == 0;

    internal int Length => _sets.Length;

    // Reads a Name; null if it is none.
    internal static DistinguishedName? Read(ReadOnlySpan<byte> octets)
    {
        var outer = new DerReader(octets);
        if (!outer.Read(DerReader.Sequence))
            return null;
        List<string> sets = [];
        List<(string, string)> attributes = [];
        var names = new DerReader(outer.Value);
        while (names.Read() is OperationStatus.Done)
        {
            if (names.Tag != DerReader.Set || sets.Count == MostSets)
                return null;
            List<string> members = [];
            var set = new DerReader(names.Value);
            while (set.Read() is OperationStatus.Done)
            {
                var attribute = new DerReader(set.Value);
                if (set.Tag != DerReader.Sequence || !attribute.Read(DerReader.ObjectIdentifier))
                    return null;
                string type = DerReader.Dotted(attribute.Value);
                if (attribute.Read() is not OperationStatus.Done)
                    return null;
                string value = DerReader.Text(attribute.Tag, attribute.Value);
                attributes.Add((type, value));
                members.Add(type + "=" + (IsString(attribute.Tag) && attribute.Value.Length <= LongestString ? Prepare(value) : Convert.ToHexString(attribute.Whole)));
            }

            if (members.Count == 0 || !set.IsAtEnd)
                return null;
            members.Sort(StringComparer.Ordinal);
            sets.Add(string.Join('\u0002', members));
        }

        return names.IsAtEnd ? new DistinguishedName([.. sets], attributes) : null;
    }

    internal static string Describe(ReadOnlyMemory<byte> octets) =>
        Read(octets.Span) is { } name ? string.Join(", ", name.Attributes.Select(attribute => $"{attribute.Type}={attribute.Value}")) : "a malformed name";

    // Whether the name stands in the subtree of another: the other is its beginning.
    internal bool IsWithin(DistinguishedName root) => root._sets.Length <= _sets.Length && _sets.AsSpan(0, root._sets.Length).SequenceEqual(root._sets);

    private static bool IsString(byte tag) => tag is 0x0c or 0x12 or 0x13 or 0x14 or 0x16 or 0x1a or 0x1c or 0x1e;

    private static string Prepare(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (string word in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            text.Append(text.Length > 0 ? " " : "").Append(word);
        return text.ToString().ToUpperInvariant();
    }
}
