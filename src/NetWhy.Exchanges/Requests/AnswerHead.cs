using System.Buffers;
using System.Text;
using NetWhy.Wire.Http;

namespace NetWhy.Exchanges.Requests;

/// <summary>The head of an answer, in HTTP/1 or HTTP/2: used again for the next one, so that nothing is allocated.</summary>
public sealed class AnswerHead
{
    private const ulong HashStart = 14_695_981_039_346_656_037, HashPrime = 1_099_511_628_211; // FNV-1a

    private readonly ArrayBufferWriter<byte> _lines = new(1024);
    private bool _closes;

    /// <summary>Status code.</summary>
    public int Status { get; private set; }

    /// <summary>Version, such as <c>HTTP/1.1</c>.</summary>
    public string Version { get; private set; } = "";

    /// <summary>The announced length of the body; null without one.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>Whether lengths contradict each other or are none.</summary>
    public bool IsLengthBroken { get; private set; }

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Whether the server keeps the connection.</summary>
    public bool Keeps { get; private set; }

    /// <summary>Tells answers of different status or makers apart.</summary>
    internal ulong Maker { get; private set; }

    /// <summary>Reason; empty in HTTP/2.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>The fields, as they came.</summary>
    public IEnumerable<(string Name, string Value)> Fields => Lines(_lines.WrittenSpan);

    /// <summary>The value of a field; null if there is none. Those of several are joined.</summary>
    /// <param name="name">Its name, in lower case.</param>
    public string? this[string name]
    {
        get
        {
            string[] values = [.. Fields.Where(field => field.Name == name).Select(field => field.Value)];
            return values.Length == 0 ? null : string.Join(", ", values);
        }
    }

    /// <summary>Begins an answer of HTTP/1.</summary>
    /// <param name="head">The head.</param>
    internal void Take(HttpHead head)
    {
        Begin(head.Status, head.Version is [.., (byte)'0'] ? "HTTP/1.0" : "HTTP/1.1");
        Keeps = Version is "HTTP/1.1";
        Reason = IsUsual(head.Status, head.Reason) ? Usual(head.Status) : PrintableText.Of(head.Reason, 60);
        foreach (HttpField field in head.Fields)
            Take(field.Name, field.Value);
    }

    /// <summary>Begins an answer of HTTP/2.</summary>
    /// <param name="fields">Its fields.</param>
    internal void Take(IReadOnlyList<(string Name, string Value)> fields)
    {
        int status = 0;
        foreach ((string name, string value) in fields)
        {
            if (name == ":status" && value.Length == 3)
                _ = int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out status);
        }

        Begin(status, "HTTP/2");
        Reason = Usual(status);
        Keeps = true;
        foreach ((string name, string value) in fields)
        {
            if (!name.StartsWith(':'))
                Take(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));
        }
    }

    private static List<(string Name, string Value)> Lines(ReadOnlySpan<byte> octets)
    {
        List<(string Name, string Value)> fields = [];
        while (octets.IndexOf((byte)'\n') is >= 0 and var end)
        {
            ReadOnlySpan<byte> line = octets[..end];
            int colon = line.IndexOf((byte)':');
            fields.Add((Encoding.Latin1.GetString(line[..colon]).ToLowerInvariant(), Encoding.UTF8.GetString(line[(colon + 1)..])));
            octets = octets[(end + 1)..];
        }

        return fields;
    }

    private void Begin(int status, string version)
    {
        (Status, Version, ContentLength, IsLengthBroken, IsChunked, Keeps) = (status, version, null, false, false, false);
        _closes = false;
        _lines.ResetWrittenCount();
        Maker = HashStart;
        Mix((byte)status);
        Mix((byte)(status >> 8));
    }

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Add(name, (byte)':');
        Add(value, (byte)'\n');
        foreach (byte octet in name)
            Mix((byte)(octet | 0x20));
        switch (name.Length)
        {
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                TakeLength(value);
                break;
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                IsChunked = Ascii.EqualsIgnoreCase(value, "chunked"u8) || EndsWith(value, "chunked"u8);
                break;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                TakeConnection(value);
                break;
            default:
                if (TellsMaker(name))
                {
                    foreach (byte octet in value)
                        Mix(octet);
                }

                break;
        }
    }

    /// <summary>Whether the value of a field tells who made an answer.</summary>
    /// <param name="name">Its name.</param>
    internal static bool TellsMaker(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 => Ascii.EqualsIgnoreCase(name, "via"u8) || Ascii.EqualsIgnoreCase(name, "pod"u8),
        6 => Ascii.EqualsIgnoreCase(name, "server"u8),
        8 => Ascii.EqualsIgnoreCase(name, "x-server"u8),
        9 => Ascii.EqualsIgnoreCase(name, "x-backend"u8),
        10 => Ascii.EqualsIgnoreCase(name, "x-upstream"u8) || Ascii.EqualsIgnoreCase(name, "x-instance"u8) || Ascii.EqualsIgnoreCase(name, "x-hostname"u8),
        11 => Ascii.EqualsIgnoreCase(name, "x-served-by"u8),
        12 => Ascii.EqualsIgnoreCase(name, "x-backend-id"u8),
        13 => Ascii.EqualsIgnoreCase(name, "x-squid-error"u8),
        15 => Ascii.EqualsIgnoreCase(name, "x-upstream-addr"u8) || Ascii.EqualsIgnoreCase(name, "x-envoy-cluster"u8) || Ascii.EqualsIgnoreCase(name, "x-upstream-host"u8),
        16 => Ascii.EqualsIgnoreCase(name, "x-backend-server"u8),
        21 => Ascii.EqualsIgnoreCase(name, "x-envoy-upstream-host"u8) || Ascii.EqualsIgnoreCase(name, "x-envoy-attempt-count"u8),
        _ => false,
    };

    private static bool EndsWith(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word) =>
        value.Length > word.Length && Ascii.EqualsIgnoreCase(value[^word.Length..], word);

    private static bool IsUsual(int status, ReadOnlySpan<byte> reason) => Ascii.Equals(reason, Usual(status));

    private static string Usual(int status) => status switch
    {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Time-out",
        _ => "",
    };

    private void TakeLength(ReadOnlySpan<byte> value)
    {
        bool isNumber = System.Buffers.Text.Utf8Parser.TryParse(value, out long length, out int used) && used == value.Length && length >= 0 && value[0] is not (byte)'+';
        IsLengthBroken |= !isNumber || (ContentLength is { } other && other != length);
        if (isNumber)
            ContentLength = length;
    }

    // Options in a list, of one field or several; close has the last word. Source: RFC 9112, section 9.3.
    private void TakeConnection(ReadOnlySpan<byte> value)
    {
        foreach (Range part in value.Split((byte)','))
        {
            ReadOnlySpan<byte> option = value[part].Trim(" \t"u8);
            _closes |= Ascii.EqualsIgnoreCase(option, "close"u8);
            Keeps = !_closes && (Keeps || Ascii.EqualsIgnoreCase(option, "keep-alive"u8));
        }
    }

    private void Add(ReadOnlySpan<byte> octets, byte end)
    {
        Span<byte> place = _lines.GetSpan(octets.Length + 1);
        octets.CopyTo(place);
        place[octets.Length] = end;
        for (int i = octets.IndexOf((byte)'\n'); i >= 0 && i < octets.Length; i++)
        {
            if (place[i] == (byte)'\n')
                place[i] = (byte)' '; // HTTP/2 may carry what HTTP/1 cannot
        }

        _lines.Advance(octets.Length + 1);
    }

    private void Mix(byte octet) => Maker = (Maker ^ octet) * HashPrime;
}
