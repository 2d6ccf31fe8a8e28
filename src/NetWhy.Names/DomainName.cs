using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>A domain name that outlives the message it was read from.</summary>
/// <remarks>
/// Equality ignores the case of ASCII letters (RFC 4343); order is the canonical one, label by label from the right
/// (RFC 4034, section 6.1). The octets keep the case in which they were read.
/// </remarks>
public readonly struct DomainName : IEquatable<DomainName>, IComparable<DomainName>
{
    private static readonly byte[] RootOctets = [0];

    private readonly byte[]? _octets;

    private DomainName(byte[] octets) => _octets = octets;

    /// <summary>The root, <c>.</c>, which is also the default value.</summary>
    public static DomainName Root => default;

    /// <summary>The wire form without compression, with the octet 0 at its end.</summary>
    public ReadOnlySpan<byte> Octets => _octets ?? RootOctets;

    /// <summary>The wire form without compression, to be kept.</summary>
    public ReadOnlyMemory<byte> Memory => _octets ?? RootOctets;

    /// <summary>Whether this is the root.</summary>
    public bool IsRoot => Octets.Length == 1;

    /// <summary>Whether the first label is <c>*</c>. Source: RFC 4592.</summary>
    public bool IsWildcard => Octets is [1, (byte)'*', ..];

    /// <summary>How many labels it has, the root not counted.</summary>
    public int Labels
    {
        get
        {
            int labels = 0;
            for (ReadOnlySpan<byte> rest = Octets; rest[0] != 0; rest = rest[(1 + rest[0])..])
                labels++;
            return labels;
        }
    }

    /// <summary>The name without its first label; the root's is the root.</summary>
    public DomainName Parent => Octets is [var length, ..] and not [0] ? new DomainName(Octets[(1 + length)..].ToArray()) : Root;

    /// <summary>Copies a name out of its message.</summary>
    /// <param name="name">The name as it lies there.</param>
    public static DomainName From(DnsName name)
    {
        byte[] octets = new byte[Math.Max(1, name.Length)];
        return name.CopyTo(octets, out _) is OperationStatus.Done ? new DomainName(octets) : Root;
    }

    /// <summary>Reads a name in wire form.</summary>
    /// <param name="octets">The name without compression, and nothing behind it.</param>
    /// <param name="name">The name; the root if the octets are no name.</param>
    /// <returns>False if they are none, or one of more than 255 octets.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out DomainName name)
    {
        int offset = 0;
        bool isName = DnsName.Read(octets, ref offset, out DnsName read) is OperationStatus.Done && offset == octets.Length && read.Length == octets.Length;
        name = isName ? new DomainName(octets.ToArray()) : Root;
        return isName;
    }

    /// <summary>Reads a name that is given as text.</summary>
    /// <param name="text">ASCII with the escapes of zone files, with or without the final dot.</param>
    /// <param name="name">The name; the root if the text is no name.</param>
    /// <returns>False for what <see cref="DnsName.Encode(ReadOnlySpan{char}, Span{byte}, out int)"/> refuses.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out DomainName name)
    {
        Span<byte> octets = stackalloc byte[DnsName.MaxLength];
        bool isName = DnsName.Encode(text, octets, out int length) is OperationStatus.Done;
        name = isName ? new DomainName(octets[..length].ToArray()) : Root;
        return isName;
    }

    /// <summary>Puts a label in front.</summary>
    /// <param name="label">1 to 63 octets.</param>
    /// <returns>The longer name; null if it would be longer than 255 octets or the label cannot be one.</returns>
    public DomainName? Prepend(ReadOnlySpan<byte> label) =>
        label.Length is 0 or > DnsName.MaxLabelLength || 1 + label.Length + Octets.Length > DnsName.MaxLength
            ? null
            : new DomainName([(byte)label.Length, .. label, .. Octets]);

    /// <summary>The wildcard below this name; null if it would be too long.</summary>
    public DomainName? Wildcard => Prepend("*"u8);

    /// <summary>The wire form in lower case, as signatures and hashes count it. Source: RFC 4034, section 6.2.</summary>
    public byte[] ToCanonical()
    {
        byte[] octets = Octets.ToArray();
        for (int i = 0; i < octets.Length; i++)
            octets[i] = Lower(octets[i]);
        return octets;
    }

    /// <summary>The name made of its last labels.</summary>
    /// <param name="labels">How many; all if it has fewer.</param>
    public DomainName Last(int labels)
    {
        ReadOnlySpan<byte> rest = Octets;
        for (int excess = Labels - labels; excess > 0; excess--)
            rest = rest[(1 + rest[0])..];
        return rest.Length == Octets.Length ? this : new DomainName(rest.ToArray());
    }

    /// <summary>Whether this is <paramref name="ancestor"/> or below it.</summary>
    /// <param name="ancestor">The name above.</param>
    public bool IsAtOrBelow(DomainName ancestor)
    {
        ReadOnlySpan<byte> rest = Octets;
        while (rest.Length > ancestor.Octets.Length)
            rest = rest[(1 + rest[0])..];
        return AreEqual(rest, ancestor.Octets);
    }

    /// <summary>Whether this is below <paramref name="ancestor"/>.</summary>
    /// <param name="ancestor">The name above.</param>
    public bool IsBelow(DomainName ancestor) => Octets.Length > ancestor.Octets.Length && IsAtOrBelow(ancestor);

    /// <summary>How many labels the two have in common, counted from the right.</summary>
    /// <param name="other">The other name.</param>
    public int CommonLabels(DomainName other)
    {
        int mine = Labels;
        int theirs = other.Labels;
        int common = Math.Min(mine, theirs);
        DomainName left = Last(common);
        DomainName right = other.Last(common);
        while (common > 0 && !left.Equals(right))
        {
            left = left.Parent;
            right = right.Parent;
            common--;
        }

        return common;
    }

    /// <inheritdoc/>
    public bool Equals(DomainName other) => AreEqual(Octets, other.Octets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DomainName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (byte octet in Octets)
            hash.Add(Lower(octet));
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(DomainName other)
    {
        Span<byte> mine = stackalloc byte[DnsName.MaxLength]; // where each label begins
        Span<byte> theirs = stackalloc byte[DnsName.MaxLength];
        int left = FindLabels(Octets, mine);
        int right = FindLabels(other.Octets, theirs);
        while (left > 0 && right > 0)
        {
            int difference = CompareLabels(Label(Octets, mine[--left]), Label(other.Octets, theirs[--right]));
            if (difference != 0)
                return difference;
        }

        return left.CompareTo(right);
    }

    /// <summary>The name as zone files have it, with its final dot.</summary>
    public override string ToString()
    {
        int offset = 0;
        return DnsName.Read(Octets, ref offset, out DnsName name) is OperationStatus.Done ? name.ToString() : ".";
    }

    /// <summary>Whether two names are equal.</summary>
    public static bool operator ==(DomainName left, DomainName right) => left.Equals(right);

    /// <summary>Whether two names differ.</summary>
    public static bool operator !=(DomainName left, DomainName right) => !left.Equals(right);

    /// <summary>Whether the left name comes first in canonical order.</summary>
    public static bool operator <(DomainName left, DomainName right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left name comes last in canonical order.</summary>
    public static bool operator >(DomainName left, DomainName right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left name does not come last in canonical order.</summary>
    public static bool operator <=(DomainName left, DomainName right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left name does not come first in canonical order.</summary>
    public static bool operator >=(DomainName left, DomainName right) => left.CompareTo(right) >= 0;

    private static int FindLabels(ReadOnlySpan<byte> octets, Span<byte> starts)
    {
        int labels = 0;
        for (int position = 0; octets[position] != 0; position += 1 + octets[position])
            starts[labels++] = (byte)position;
        return labels;
    }

    private static ReadOnlySpan<byte> Label(ReadOnlySpan<byte> octets, int start) => octets.Slice(start + 1, octets[start]);

    private static int CompareLabels(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (int i = 0; i < left.Length && i < right.Length; i++)
        {
            int difference = Lower(left[i]).CompareTo(Lower(right[i]));
            if (difference != 0)
                return difference;
        }

        return left.Length.CompareTo(right.Length);
    }

    // The octets that say how long a label is are at most 63, and so no letters.
    private static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] && Lower(left[i]) != Lower(right[i]))
                return false;
        }

        return true;
    }

    private static byte Lower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
}
