using System.Text;

namespace NetWhy.Wire.Http;

/// <summary>Header fields that HPACK knows from the beginning. Source: RFC 7541, appendix A.</summary>
internal static class HpackStaticTable
{
    // A name for each, and what is known of its value behind an equals sign.
    private const string Fields = """
        :authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|:status=206|:status=304
        :status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin
        age|allow|authorization|cache-control|content-disposition|content-encoding|content-language|content-length|content-location|content-range
        content-type|cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified
        link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie
        strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate
        """;

    private static readonly (byte[] Name, byte[] Value)[] Entries = [.. Fields.Split('|', '\n').Select(ReadOne)];

    /// <summary>How many there are.</summary>
    internal static int Count => Entries.Length;

    /// <summary>A field.</summary>
    /// <param name="index">Its number, from 1.</param>
    internal static (byte[] Name, byte[] Value) At(int index) => Entries[index - 1];

    private static (byte[] Name, byte[] Value) ReadOne(string field)
    {
        int end = field.IndexOf('=', StringComparison.Ordinal);
        return end < 0 ? (Encoding.ASCII.GetBytes(field), []) : (Encoding.ASCII.GetBytes(field[..end]), Encoding.ASCII.GetBytes(field[(end + 1)..]));
    }
}
