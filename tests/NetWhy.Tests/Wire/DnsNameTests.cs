using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class DnsNameTests
{
    // RFC 1035, section 4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
    private static byte[] Compressed()
    {
        byte[] octets = new byte[93];
        "\u0001F\u0003ISI\u0004ARPA\0"u8.CopyTo(octets.AsSpan(20));
        "\u0003FOO"u8.CopyTo(octets.AsSpan(40));
        (octets[44], octets[45]) = (0xc0, 20);
        (octets[64], octets[65]) = (0xc0, 26);
        return octets;
    }

    [Theory]
    [InlineData(20, 32, "F.ISI.ARPA.", 3, 12)]
    [InlineData(40, 46, "FOO.F.ISI.ARPA.", 4, 16)]
    [InlineData(64, 66, "ARPA.", 1, 6)]
    [InlineData(92, 93, ".", 0, 1)]
    public void Reads_the_example_of_the_RFC(int offset, int next, string text, int labels, int length)
    {
        byte[] octets = Compressed();
        Assert.Equal(OperationStatus.Done, DnsName.Read(octets, ref offset, out DnsName name));

        Assert.Equal(next, offset);
        Assert.Equal(text, name.ToString());
        Assert.Equal(labels, name.Labels);
        Assert.Equal(length, name.Length);
    }

    [Theory]
    [InlineData("c000", "a pointer to itself")]
    [InlineData("0161c000", "a loop")]
    [InlineData("c0040000c000", "a pointer forward")]
    [InlineData("41", "a label type of RFC 2673")]
    [InlineData("8000", "a label type that nobody uses")]
    public void Refuses_names_that_would_not_end(string hex, string why)
    {
        int offset = 0;
        OperationStatus status = DnsName.Read(Convert.FromHexString(hex), ref offset, out _);

        Assert.True(status is OperationStatus.InvalidData, why);
        Assert.Equal(0, offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("03777777")]
    [InlineData("0377")]
    [InlineData("c0")]
    public void Says_when_the_message_ends_within_a_name(string hex)
    {
        int offset = 0;
        Assert.Equal(OperationStatus.NeedMoreData, DnsName.Read(Convert.FromHexString(hex), ref offset, out _));
    }

    [Fact]
    public void Refuses_a_name_that_grows_too_long_by_pointers()
    {
        // Each part is 63 octets and a pointer to the part before: three fit with the root, five do not.
        List<byte> octets = [0];
        int previous = 0;
        for (int part = 1; part <= 5; part++)
        {
            int start = octets.Count;
            octets.AddRange([63, .. Enumerable.Repeat((byte)'a', 63), (byte)(0xc0 | (previous >> 8)), (byte)previous]);
            previous = start;
            int offset = start;
            OperationStatus expected = part <= 3 ? OperationStatus.Done : OperationStatus.InvalidData;
            Assert.Equal(expected, DnsName.Read(octets.ToArray(), ref offset, out _));
        }
    }

    [Theory]
    [InlineData("www.example.com", "03777777076578616d706c6503636f6d00")]
    [InlineData("www.example.com.", "03777777076578616d706c6503636f6d00")]
    [InlineData(".", "00")]
    [InlineData("", "00")]
    [InlineData(@"a\.b.c", "03612e62016300")]
    [InlineData(@"\000\255\\", "0300ff5c00")]
    public void Encodes_text(string text, string hex)
    {
        Span<byte> buffer = stackalloc byte[DnsName.MaxLength];
        Assert.Equal(OperationStatus.Done, DnsName.Encode(text, buffer, out int written));
        Assert.Equal(hex, Convert.ToHexStringLower(buffer[..written]));
        Assert.Equal(OperationStatus.DestinationTooSmall, DnsName.Encode(text, buffer[..(written - 1)], out _));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("..")]
    [InlineData(@"a\")]
    [InlineData(@"a\25")]
    [InlineData(@"a\256")]
    [InlineData("bücher.example")]
    public void Refuses_text_that_is_no_name(string text) => Assert.False(DnsName.IsValid(text));

    [Fact]
    public void Knows_the_longest_label_and_the_longest_name()
    {
        string label = new('a', 63);
        Assert.True(DnsName.IsValid(label));
        Assert.False(DnsName.IsValid(label + "a"));
        Assert.False(DnsName.IsValid(new string('x', 300)));

        string longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.True(DnsName.IsValid(longest));
        Assert.True(DnsName.IsValid(longest + "."));
        Assert.False(DnsName.IsValid(longest + "b"));
        Assert.False(DnsName.IsValid(longest + "b."));
    }

    [Fact]
    public void Escapes_what_would_reach_the_terminal()
    {
        int offset = 0;
        byte[] octets = [5, 0x1b, (byte)'[', (byte)' ', (byte)'"', 0xe9, 0];
        Assert.Equal(OperationStatus.Done, DnsName.Read(octets, ref offset, out DnsName name));

        Assert.Equal("""\027[\032\"\233.""", name.ToString());
    }

    [Theory]
    [InlineData("Example.COM", "eXample.com", true)]
    [InlineData("example.com", "example.org", false)]
    [InlineData("a.b", @"a\.b", false)]
    [InlineData(@"\223", @"\255", false)]
    public void Compares_letters_regardless_of_case(string left, string right, bool expected)
    {
        Assert.Equal(expected, Parse(Encode(left)).Equals(Parse(Encode(right))));
    }

    [Fact]
    public void Reads_back_any_labels_that_it_writes() => Check.QuickThrowOnFailure(
        Prop.ForAll<NonEmptyArray<byte>[]>(parts =>
        {
            List<byte> octets = [];
            foreach (NonEmptyArray<byte> part in parts)
            {
                byte[] label = part.Get[..Math.Min(part.Get.Length, DnsName.MaxLabelLength)];
                if (octets.Count + label.Length + 2 > DnsName.MaxLength)
                    break;
                octets.AddRange([(byte)label.Length, .. label]);
            }

            byte[] wire = [.. octets, 0];
            string text = Parse(wire).ToString();
            return Encode(text).AsSpan().SequenceEqual(wire) && text.All(character => character is > ' ' and < (char)0x7f);
        }));

    [Theory]
    [InlineData("www.example.com", "www.example.com")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("例え.テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("a..ü", null)]
    public void Writes_letters_beyond_ASCII_in_ASCII(string name, string? expected) =>
        Assert.Equal(expected, InternationalName.ToAscii(name));

    private static byte[] Encode(string text)
    {
        byte[] buffer = new byte[DnsName.MaxLength];
        Assert.Equal(OperationStatus.Done, DnsName.Encode(text, buffer, out int written));
        return buffer[..written];
    }

    private static DnsName Parse(byte[] octets)
    {
        int offset = 0;
        Assert.Equal(OperationStatus.Done, DnsName.Read(octets, ref offset, out DnsName name));
        Assert.Equal(octets.Length, offset);
        return name;
    }
}
