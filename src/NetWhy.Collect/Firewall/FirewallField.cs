using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NetWhy.Collect.Firewall;

/// <summary>What a rule reads from a packet.</summary>
internal abstract record FirewallField
{
    /// <summary>The packet has no such field: the condition fails, negated or not.</summary>
    internal static FirewallField Absent { get; } = new AbsentField();

    /// <summary>The packet has it, and its value cannot be told from here.</summary>
    internal static FirewallField Unknown { get; } = new UnknownField();

    /// <summary>A number, or unknown if there is none.</summary>
    /// <param name="value">The number.</param>
    internal static FirewallField Of(long? value) => value is { } number ? new Number(number) : Unknown;

    /// <summary>An address, or unknown if there is none.</summary>
    /// <param name="value">The address.</param>
    internal static FirewallField Of(IPAddress? value) => value is null ? Unknown : new Address(value);

    /// <summary>A word.</summary>
    /// <param name="value">The word.</param>
    internal static FirewallField Of(string value) => new Word(value);

    /// <summary>No such field.</summary>
    private sealed record AbsentField : FirewallField;

    /// <summary>Value unknown.</summary>
    private sealed record UnknownField : FirewallField;

    /// <summary>A number.</summary>
    /// <param name="Value">Its value.</param>
    internal sealed record Number(long Value) : FirewallField
    {
        /// <summary>Numbers by the names that tools print for them; null if they print none.</summary>
        internal Func<string, int?>? Names { get; init; }
    }

    /// <summary>An address.</summary>
    /// <param name="Value">Its value.</param>
    internal sealed record Address(IPAddress Value) : FirewallField;

    /// <summary>A word, such as an interface name or a state.</summary>
    /// <param name="Value">Its value.</param>
    internal sealed record Word(string Value) : FirewallField;

    /// <summary>An interface whose name is unknown except that it is not loopback.</summary>
    internal sealed record OutsideInterface : FirewallField;

    /// <summary>Several fields together.</summary>
    /// <param name="Parts">The fields.</param>
    internal sealed record Tuple(ImmutableArray<FirewallField> Parts) : FirewallField;
}

/// <summary>Prefixes and ranges of addresses.</summary>
internal static class AddressRange
{
    /// <summary>Whether an address lies in a prefix.</summary>
    /// <param name="address">The address.</param>
    /// <param name="prefix">First address of the prefix.</param>
    /// <param name="length">Length of the prefix, in bits.</param>
    internal static bool IsInPrefix(IPAddress address, IPAddress prefix, int length)
    {
        byte[] left = address.GetAddressBytes();
        byte[] right = prefix.GetAddressBytes();
        if (left.Length != right.Length || length < 0 || length > left.Length * 8)
            return false;
        for (int bit = 0; bit < length; bit += 8)
        {
            int mask = length - bit >= 8 ? 0xff : 0xff << (8 - (length - bit));
            if (((left[bit / 8] ^ right[bit / 8]) & mask) != 0)
                return false;
        }

        return true;
    }

    /// <summary>Whether an address lies between two others.</summary>
    /// <param name="address">The address.</param>
    /// <param name="first">First of the range.</param>
    /// <param name="last">Last of the range.</param>
    internal static bool IsBetween(IPAddress address, IPAddress first, IPAddress last)
    {
        ReadOnlySpan<byte> octets = address.GetAddressBytes();
        return first.AddressFamily == address.AddressFamily
            && last.AddressFamily == address.AddressFamily
            && octets.SequenceCompareTo(first.GetAddressBytes()) >= 0
            && octets.SequenceCompareTo(last.GetAddressBytes()) <= 0;
    }

    /// <summary>Whether an address lies in a prefix written as <c>ADDRESS</c>, <c>ADDRESS/LENGTH</c> or <c>ADDRESS/MASK</c>; null if it makes no sense.</summary>
    /// <param name="address">The address.</param>
    /// <param name="text">The prefix.</param>
    internal static bool? IsInWritten(IPAddress address, string text)
    {
        string[] parts = text.Split('/', 2);
        if (!IPAddress.TryParse(parts[0], out IPAddress? prefix))
            return null;
        if (parts.Length == 1)
            return prefix.Equals(address);
        if (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length))
            return IsInPrefix(address, prefix, length);
        if (!IPAddress.TryParse(parts[1], out IPAddress? mask))
            return null;
        if (address.AddressFamily != prefix.AddressFamily || mask.AddressFamily != prefix.AddressFamily)
            return false;
        byte[] left = address.GetAddressBytes();
        byte[] right = prefix.GetAddressBytes();
        return mask.GetAddressBytes().Select((octet, i) => (left[i] ^ right[i]) & octet).All(difference => difference == 0);
    }

    /// <summary>Whether an address is of the IPv4 or IPv6 loopback network.</summary>
    /// <param name="address">The address.</param>
    internal static bool IsLoopback(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetwork ? address.GetAddressBytes()[0] == 127 : IPAddress.IsLoopback(address);
}
