using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace NetWhy.Wire.Http;

/// <summary>Status line and header fields of an HTTP/1 response.</summary>
/// <remarks>
/// Strict where a client that is lenient would be misled (colons, lengths, control octets), lenient where RFC 9112 asks
/// for it (a bare LF ends a line, a reason phrase may lack). Source: RFC 9112, sections 2 to 6.
/// </remarks>
/// <param name="Version">Protocol version, such as <c>HTTP/1.1</c>.</param>
/// <param name="Status">Status code, 100 to 999.</param>
/// <param name="Reason">Reason phrase; may be empty.</param>
/// <param name="Fields">Header fields in order, names in lower case.</param>
public sealed record HttpResponseHead(
    string Version,
    int Status,
    string Reason,
    ImmutableArray<KeyValuePair<string, string>> Fields)
{
    /// <summary>Longest head that is read, in octets.</summary>
    public const int LongestHead = 300 * 1024;

    private const int MostLines = 256; // a line may also go on with the field before it

    /// <summary>First value of a field; null if it is absent.</summary>
    /// <param name="name">Name in lower case.</param>
    public string? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, string> field in Fields)
            {
                if (field.Key == name)
                    return field.Value;
            }

            return null;
        }
    }

    /// <summary>Whether an interim response (1xx) was read, after which the real one comes.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not 101;

    /// <summary>Whether the last transfer coding is <c>chunked</c>.</summary>
    public bool IsChunked => this["transfer-encoding"] is { } codings
        && codings.Split(',')[^1].Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);

    /// <summary>Length that Content-Length announces; null without it.</summary>
    public long? ContentLength =>
        this["content-length"] is { } text && long.TryParse(
            text.Split(',')[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            ? length
            : null;

    /// <summary>Whether the response has no body by its status code. Source: RFC 9112, section 6.3.</summary>
    public bool HasNoBody => Status is (>= 100 and < 200) or 204 or 304;

    /// <summary>Reads a head.</summary>
    /// <param name="octets">What was received so far.</param>
    /// <param name="head">The head; null unless <see cref="OperationStatus.Done"/>.</param>
    /// <param name="consumed">Octets of the head with its empty line.</param>
    /// <param name="fault">What is wrong, in words; null unless <see cref="OperationStatus.InvalidData"/>.</param>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> while the empty line has not come and what has come may be a head.
    /// </returns>
    public static OperationStatus Read(
        ReadOnlySpan<byte> octets, out HttpResponseHead? head, out int consumed, out string? fault)
    {
        head = null;
        consumed = 0;
        fault = FaultOfBeginning(octets);
        if (fault is not null)
            return OperationStatus.InvalidData;

        int end = FindEnd(octets[..Math.Min(octets.Length, LongestHead)]);
        if (end < 0)
        {
            fault = octets.Length >= LongestHead ? $"the head is longer than {LongestHead / 1024} KiB" : null;
            return fault is null ? OperationStatus.NeedMoreData : OperationStatus.InvalidData;
        }

        consumed = end;
        head = ReadLines(octets[..end], out fault);
        return fault is null ? OperationStatus.Done : OperationStatus.InvalidData;
    }

    /// <summary>What is wrong with the first octets of what should be a response.</summary>
    /// <param name="octets">What was received so far, one octet at least.</param>
    /// <returns>It, in words; null while it may become a head, or a frame of HTTP/2.</returns>
    public static string? FaultOfBeginning(ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<byte> expected = "HTTP/1."u8;
        int length = Math.Min(octets.Length, expected.Length);
        if (octets[..length].SequenceEqual(expected[..length]))
            return null;
        if (octets.Length >= 9 && octets[3] == 4 && octets[0] == 0 && octets[5..9].IndexOfAnyExcept((byte)0) < 0)
            return "an HTTP/2 SETTINGS frame instead of an HTTP/1.1 response";
        return octets.Length >= 9 || length < octets.Length || octets[0] != 0 || octets.Length >= 4 && octets[3] != 4
            ? "it does not begin with HTTP/1."
            : null; // may yet become an HTTP/2 frame
    }

    private static int FindEnd(ReadOnlySpan<byte> octets)
    {
        for (int start = 0; ;)
        {
            int feed = octets[start..].IndexOf((byte)'\n');
            if (feed < 0)
                return -1;
            ReadOnlySpan<byte> line = octets.Slice(start, feed);
            start += feed + 1;
            if (line.IsEmpty || line is [(byte)'\r'])
                return start;
        }
    }

    private static HttpResponseHead? ReadLines(ReadOnlySpan<byte> octets, out string? fault)
    {
        ReadOnlySpan<byte> statusLine = TakeLine(ref octets);
        if (!TryReadStatusLine(statusLine, out string version, out int status, out string reason))
        {
            fault = "the status line is malformed";
            return null;
        }

        ImmutableArray<KeyValuePair<string, string>>.Builder fields =
            ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        for (int lines = 0; !octets.IsEmpty; lines++)
        {
            ReadOnlySpan<byte> line = TakeLine(ref octets);
            if (line.IsEmpty)
                break;
            fault = lines < MostLines ? ReadField(line, fields) : $"it has more than {MostLines} header fields";
            if (fault is not null)
                return null;
        }

        var head = new HttpResponseHead(version, status, reason, fields.ToImmutable());
        fault = FaultOfLengths(head);
        return fault is null ? head : null;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> octets)
    {
        int feed = octets.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = feed < 0 ? octets : octets[..feed];
        octets = feed < 0 ? default : octets[(feed + 1)..];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private static bool TryReadStatusLine(
        ReadOnlySpan<byte> line, out string version, out int status, out string reason)
    {
        version = reason = "";
        status = 0;
        if (line.Length < 12 || line[7] is not ((byte)'0' or (byte)'1') || line[8] != (byte)' '
            || line.Length > 12 && line[12] != (byte)' ')
        {
            return false;
        }

        foreach (byte digit in line[9..12])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            status = status * 10 + (digit - '0');
        }

        version = Encoding.Latin1.GetString(line[..8]);
        reason = line.Length > 13 ? Encoding.Latin1.GetString(line[13..]).Trim() : "";
        return status >= 100;
    }

    private static string? ReadField(ReadOnlySpan<byte> line, ImmutableArray<KeyValuePair<string, string>>.Builder fields)
    {
        if (line.IndexOf((byte)0) >= 0)
            return "a header field holds a NUL octet";

        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (fields.Count == 0)
                return "white space comes before the first header field";
            (string key, string begun) = fields[^1]; // folded line, RFC 9112 section 5.2
            fields[^1] = new(key, $"{begun} {Encoding.Latin1.GetString(line).Trim()}");
            return null;
        }

        int colon = line.IndexOf((byte)':');
        if (colon < 0)
            return "a header line has no colon";
        ReadOnlySpan<byte> name = line[..colon];
        foreach (byte octet in name)
        {
            if (octet is <= (byte)' ' or >= 0x7f)
                return "a header field's name holds white space or control octets";
        }

        if (name.IsEmpty)
            return "a header field has no name";
        fields.Add(new(
            Encoding.Latin1.GetString(name).ToLowerInvariant(),
            Encoding.Latin1.GetString(line[(colon + 1)..]).Trim(' ', '\t')));
        return null;
    }

    private static string? FaultOfLengths(HttpResponseHead head)
    {
        string? first = null;
        foreach ((string name, string value) in head.Fields)
        {
            if (name is not "content-length")
                continue;
            foreach (string part in value.Split(','))
            {
                string length = part.Trim();
                if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    return "Content-Length is no number";
                if (first is not null && first != length)
                    return "it announces two different Content-Lengths";
                first = length;
            }
        }

        return null;
    }
}
