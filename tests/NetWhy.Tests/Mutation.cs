using System.Text;

namespace NetWhy.Tests;

/// <summary>Damaged copies of good input, the same in every run: most get past the first checks, which random octets do not.</summary>
internal static class Mutation
{
    private const int Seed = 20_261;

    private static readonly byte[] Edges = [0, 1, 0x7f, 0x80, 0xc0, 0xfe, 0xff, (byte)'\n', (byte)' ', (byte)'"', (byte)'{', (byte)'[', (byte)':', (byte)'-', (byte)'9'];

    private static readonly string[] Words =
    [
        "", " ", "\n", "\r\n", "\t", "\0", "\u001b[2J", "-", "!", "=", ":", ",", "/", "//", "[", "]", "{", "}", "\"", "\\", "#", "@", "%", "0", "-1",
        "99999999999999999999", "0x", "0xffffffffffffffff", "::", "0.0.0.0/0", "1.2.3.4/99", "a-b-c", "xn--", ".", "..", "\ud800", "\u00e4",
    ];

    /// <summary>Every beginning of the octets, and copies with octets changed, left out, put in and told twice.</summary>
    internal static IEnumerable<byte[]> Of(byte[] sample, int count)
    {
        for (int length = 0; length < sample.Length; length += Math.Max(1, sample.Length / 200))
            yield return sample[..length];

        var random = new Random(Seed);
        for (int i = 0; i < count; i++)
        {
            List<byte> octets = [.. sample];
            for (int change = random.Next(1, 5); change > 0 && octets.Count > 0; change--)
            {
                int at = random.Next(octets.Count);
                int length = Math.Min(random.Next(1, 9), octets.Count - at);
                switch (random.Next(5))
                {
                    case 0:
                        octets[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        octets[at] = Edges[random.Next(Edges.Length)];
                        break;
                    case 2:
                        octets.RemoveRange(at, length);
                        break;
                    case 3:
                        octets.InsertRange(at, octets.GetRange(random.Next(octets.Count - length + 1), length));
                        break;
                    default:
                        octets.Insert(at, (byte)random.Next(256));
                        break;
                }
            }

            yield return [.. octets];
        }
    }

    /// <summary>The same for text: letters and words that mean something to somebody come and go.</summary>
    internal static IEnumerable<string> Of(string sample, int count)
    {
        for (int length = 0; length < sample.Length; length += Math.Max(1, sample.Length / 100))
            yield return sample[..length];

        var random = new Random(Seed);
        for (int i = 0; i < count; i++)
        {
            var text = new StringBuilder(sample);
            for (int change = random.Next(1, 6); change > 0 && text.Length > 0; change--)
            {
                int at = random.Next(text.Length);
                int length = Math.Min(random.Next(1, 12), text.Length - at);
                switch (random.Next(4))
                {
                    case 0:
                        text.Remove(at, length);
                        break;
                    case 1:
                        text.Insert(at, Words[random.Next(Words.Length)]);
                        break;
                    case 2:
                        text.Remove(at, length).Insert(at, Words[random.Next(Words.Length)]);
                        break;
                    default:
                        text.Insert(at, text.ToString(random.Next(text.Length - length + 1), length));
                        break;
                }
            }

            yield return text.ToString();
        }
    }
}
