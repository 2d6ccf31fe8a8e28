using System.Buffers;
using System.IO.Compression;

namespace NetWhy.Analysis.Dissection;

/// <summary>Codings of bodies of HTTP. Source: RFC 9110, section 8.4.1; RFC 7932.</summary>
internal static class ContentCoding
{
    private const int LongestPlain = 4 << 20; // octets that a compressed body is shown with

    /// <summary>Decompresses a body.</summary>
    /// <param name="octets">The body.</param>
    /// <param name="coding">Its coding.</param>
    /// <returns>What it says, up to a bound; null if it is none of that coding, or nobody knows that.</returns>
    internal static byte[]? Decompress(ReadOnlySpan<byte> octets, string coding)
    {
        if (coding is not ("gzip" or "x-gzip" or "deflate" or "x-deflate" or "br"))
            return null;
        using var input = new MemoryStream(octets.ToArray());
        using Stream stream = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(input, CompressionMode.Decompress),
            "deflate" or "x-deflate" => new ZLibStream(input, CompressionMode.Decompress),
            _ => new BrotliStream(input, CompressionMode.Decompress),
        };
        byte[] room = ArrayPool<byte>.Shared.Rent(LongestPlain);
        try
        {
            return room.AsSpan(0, stream.ReadAtLeast(room, LongestPlain, throwOnEndOfStream: false)).ToArray();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or InvalidOperationException) // of zlib, of Brotli
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }
}
