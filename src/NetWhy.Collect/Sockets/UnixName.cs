using System.Text;

namespace NetWhy.Collect.Sockets;

/// <summary>Names of Unix sockets.</summary>
internal static class UnixName
{
    /// <summary>A name for people: its path, or <c>@</c> and its abstract name, which begins with a zero octet; empty for none.</summary>
    /// <remarks>Source: unix(7).</remarks>
    /// <param name="octets">The name as the kernel has it.</param>
    internal static string Of(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return "";
        return octets[0] == 0
            ? "@" + Encoding.UTF8.GetString(octets[1..]).Replace('\0', '@')
            : Encoding.UTF8.GetString(octets[..(octets.IndexOf((byte)0) is >= 0 and var end ? end : octets.Length)]);
    }
}
