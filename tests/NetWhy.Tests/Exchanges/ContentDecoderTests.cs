using System.IO.Compression;
using NetWhy.Exchanges;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>Content codings as they come in pieces.</summary>
public sealed class ContentDecoderTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("zlib")]
    [InlineData("br")]
    public void What_stands_behind_the_end_is_neither_given_nor_kept(string coding)
    {
        using ContentDecoder decoder = ContentDecoder.Create(coding is "zlib" ? "deflate" : coding)!;
        var text = new MemoryStream();
        byte[] rest = new byte[100_000];
        decoder.Decode(Packed(coding, "hello"u8), piece => text.Write(piece));
        decoder.Decode(rest, piece => text.Write(piece));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            decoder.Decode(rest, piece => text.Write(piece));

        Assert.Equal("hello"u8.ToArray(), text.ToArray());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000); // if they were kept, there would be hundreds of millions
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zlib")]
    [InlineData("deflate")]
    [InlineData("br")]
    public void A_body_is_whole_at_its_end_and_nowhere_before(string coding)
    {
        byte[] text = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i / 7))];
        byte[] packed = Packed(coding, text);
        for (int length = 1; length <= packed.Length; length++)
        {
            using ContentDecoder decoder = ContentDecoder.Create(coding is "zlib" ? "deflate" : coding)!;
            long octets = 0;
            decoder.Decode(packed.AsSpan(0, length / 2), piece => octets += piece.Length);
            decoder.Decode(packed.AsSpan(length / 2, length - (length / 2)), piece => octets += piece.Length);
            Assert.Equal((length, length == packed.Length), (length, decoder.IsWhole()));
            Assert.InRange(octets, length == packed.Length ? text.Length : 0, text.Length);
        }
    }

    [Fact]
    public void Zeros_and_members_behind_the_end_leave_it_whole()
    {
        byte[] one = Packed("gzip", "hello"u8);
        foreach (byte[] behind in new byte[][] { [0], new byte[512], one, [.. one, 0, 0] })
        {
            using ContentDecoder decoder = ContentDecoder.Create("gzip")!;
            decoder.Decode([.. one, .. behind], _ => { });
            Assert.True(decoder.IsWhole());
        }
    }

    [Fact]
    public void A_sum_that_is_another_ends_it_in_words_of_its_own()
    {
        byte[] packed = Packed("gzip", "hello"u8);
        packed[^6] ^= 0xff; // of the checksum. Source: RFC 1952, section 2.3.1
        using ContentDecoder decoder = ContentDecoder.Create("gzip")!;
        Assert.Equal("it is no gzip, or damaged", Assert.Throws<InvalidDataException>(() => decoder.Decode(packed, _ => { })).Message);
    }

    /// <summary>Some thousand octets may stand for many millions: what does not unfold within the bounds is not judged.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public void What_unfolds_to_too_much_is_not_judged(string coding)
    {
        const long Most = 1 << 20;
        TimeSpan patience = TimeSpan.FromMinutes(1);
        byte[] small = Packed(coding, new byte[100_000]);
        byte[] noise = new byte[10_000]; // the last octet counts only once all before it has unfolded
        new Random(1).NextBytes(noise);
        byte[] large = Packed(coding, [.. new byte[10 << 20], .. noise]);

        Assert.Null(ContentDecoder.FaultOf(coding, small, Most, patience));
        Assert.Equal(ContentDecoder.EndsWithin(coding), ContentDecoder.FaultOf(coding, small.AsSpan(0, small.Length - 1), Most, patience));
        Assert.StartsWith("the body is not coded as its head says", ContentDecoder.FaultOf(coding, [.. Enumerable.Repeat((byte)0xff, 100)], Most, patience), StringComparison.Ordinal);
        Assert.Null(ContentDecoder.FaultOf(coding, large.AsSpan(0, large.Length - 1), Most, patience));
        Assert.Null(ContentDecoder.FaultOf(coding, large.AsSpan(0, large.Length - 1), long.MaxValue, TimeSpan.Zero)); // nor what takes too long
        Assert.Null(ContentDecoder.FaultOf("none-such", small, Most, patience));
    }

    private static byte[] Packed(string coding, ReadOnlySpan<byte> text)
    {
        using var packed = new MemoryStream();
        using (Stream packing = coding switch
        {
            "br" => new BrotliStream(packed, CompressionMode.Compress, leaveOpen: true),
            "gzip" => new GZipStream(packed, CompressionMode.Compress, leaveOpen: true),
            "zlib" => new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true),
            _ => new DeflateStream(packed, CompressionMode.Compress, leaveOpen: true),
        })
        {
            packing.Write(text);
        }

        return packed.ToArray();
    }
}
