using System.IO.Compression;
using NetWhy.Exchanges;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>Content codings as they come in pieces.</summary>
public sealed class ContentDecoderTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public void What_stands_behind_the_end_is_neither_given_nor_kept(string coding)
    {
        using var packed = new MemoryStream();
        using (Stream packing = coding switch
        {
            "br" => new BrotliStream(packed, CompressionMode.Compress, leaveOpen: true),
            "gzip" => new GZipStream(packed, CompressionMode.Compress, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true),
        })
        {
            packing.Write("hello"u8);
        }

        using ContentDecoder decoder = ContentDecoder.Create(coding)!;
        var text = new MemoryStream();
        byte[] rest = new byte[100_000];
        decoder.Decode(packed.ToArray(), piece => text.Write(piece));
        decoder.Decode(rest, piece => text.Write(piece));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            decoder.Decode(rest, piece => text.Write(piece));

        Assert.Equal("hello"u8.ToArray(), text.ToArray());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000); // if they were kept, there would be hundreds of millions
    }
}
