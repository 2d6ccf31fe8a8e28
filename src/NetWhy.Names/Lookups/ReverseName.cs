using System.Globalization;
using System.Net;
using System.Text;

namespace NetWhy.Names;

/// <summary>The labels under which an address is asked for. Source: RFC 1035, section 3.5; RFC 3596, section 2.5.</summary>
public static class ReverseName
{
    /// <summary>Turns an address around: its octets in decimal, or for IPv6 its nibbles in hexadecimal, the last one first.</summary>
    /// <param name="address">The address.</param>
    /// <param name="zone">What comes behind, such as <c>ip6.arpa.</c>.</param>
    public static string Of(IPAddress address, string zone)
    {
        var name = new StringBuilder();
        byte[] octets = address.GetAddressBytes();
        for (int i = octets.Length - 1; i >= 0; i--)
        {
            if (octets.Length == 4)
                name.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            else
                name.Append(CultureInfo.InvariantCulture, $"{octets[i] & 0xf:x}.{octets[i] >> 4:x}.");
        }

        return name.Append(zone).ToString();
    }
}
