using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Says what is wrong with a name, in BIND's words.</summary>
internal static class DigNames
{
    /// <summary>What is wrong with a name that cannot be encoded.</summary>
    /// <param name="name">The name.</param>
    internal static string FaultOf(string name)
    {
        int label = 0, length = 1;
        byte[] octets = Encoding.UTF8.GetBytes(name);
        for (int i = 0; i < octets.Length; i++)
        {
            if (octets[i] == '.')
            {
                if (label == 0)
                    return "empty label";
                label = 0;
                length++;
                continue;
            }

            if (octets[i] == '\\')
            {
                int left = octets.Length - i - 1;
                if (left == 0)
                    return "unexpected end of input";
                if (!char.IsAsciiDigit((char)octets[i + 1]))
                {
                    i++;
                }
                else if (left < 3)
                {
                    return "unexpected end of input";
                }
                else if (!char.IsAsciiDigit((char)octets[i + 2]) || !char.IsAsciiDigit((char)octets[i + 3])
                    || ((octets[i + 1] - '0') * 100) + ((octets[i + 2] - '0') * 10) + octets[i + 3] - '0' > byte.MaxValue)
                {
                    return "bad escape";
                }
                else
                {
                    i += 3;
                }
            }

            label++;
            length++;
            if (label > DnsName.MaxLabelLength)
                return "label too long";
            if (length > DnsName.MaxLength)
                break;
        }

        return octets.Length == 0 ? "unexpected end of input" : "ran out of space";
    }
}
