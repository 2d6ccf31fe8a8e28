using System.Net.Sockets;
using System.Text;

namespace NetWhy.Tools.Dig;

/// <summary>Names that stand for addresses.</summary>
/// <remarks>Source: RFC 1035, section 3.5; RFC 3596, section 2.5; RFC 2317 for what is no whole address.</remarks>
internal static class DigReverse
{
    /// <summary>The name of an address; what is no address is turned around at its dots.</summary>
    /// <param name="text">The address.</param>
    internal static string NameOf(string text)
    {
        if (DigNumbers.Address(text, AddressFamily.InterNetworkV6) is not { } address)
            return string.Join('.', text.Split('.').Reverse()) + ".in-addr.arpa.";
        var name = new StringBuilder();
        byte[] octets = address.GetAddressBytes();
        for (int i = octets.Length - 1; i >= 0; i--)
            name.Append(Digit(octets[i] & 0xf)).Append('.').Append(Digit(octets[i] >> 4)).Append('.');
        return name.Append("ip6.arpa").ToString();

        static char Digit(int value) => "0123456789abcdef"[value];
    }
}
