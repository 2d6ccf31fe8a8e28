namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of HTTP. The wording is Wireshark's.</summary>
internal static class HttpSummary
{
    /// <summary>Says how a message begins.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="line">Its first line.</param>
    internal static void WriteLine(PacketSummary summary, ReadOnlySpan<byte> line)
    {
        summary.GoOn("HTTP"u8);
        summary.AppendForeign(line);
        summary.Append(" "u8);
    }

    /// <summary>Says that data goes on which began before.</summary>
    /// <param name="summary">The summary.</param>
    internal static void WriteContinuation(PacketSummary summary)
    {
        summary.GoOn("HTTP"u8);
        summary.Append("Continuation"u8);
    }

    /// <summary>What Wireshark calls content of a type among the protocols of a packet.</summary>
    /// <param name="type">The media type.</param>
    internal static string LayerOf(ReadOnlySpan<byte> type) =>
        IsJson(type) ? "json"
        : IsXml(type) ? "xml"
        : type.StartsWith("text/"u8) || type.SequenceEqual("application/javascript"u8) || type.SequenceEqual("application/x-javascript"u8) ? "data-text-lines"
        : type.SequenceEqual("application/x-www-form-urlencoded"u8) ? "urlencoded-form"
        : type.SequenceEqual("image/gif"u8) ? "image-gif"
        : type.SequenceEqual("image/jpeg"u8) || type.SequenceEqual("image/jpg"u8) ? "image-jfif"
        : type.SequenceEqual("image/png"u8) ? "png"
        : IsOctets(type) ? "data"
        : "media";

    private static bool IsOctets(ReadOnlySpan<byte> type) => type.SequenceEqual("application/octet-stream"u8);

    private static bool IsJson(ReadOnlySpan<byte> type) => type.SequenceEqual("application/json"u8) || type.EndsWith("+json"u8);

    private static bool IsXml(ReadOnlySpan<byte> type) => type.SequenceEqual("text/xml"u8) || type.SequenceEqual("application/xml"u8) || type.EndsWith("+xml"u8);

    /// <summary>Says what kind of content a message has.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="protocol">What the protocol is called that carries it.</param>
    /// <param name="type">The media type.</param>
    /// <param name="content">The content, or its beginning.</param>
    internal static void WriteContent(PacketSummary summary, ReadOnlySpan<byte> protocol, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        if (IsOctets(type))
            return;
        if (IsJson(type))
        {
            summary.SetProtocol([.. protocol, .. "/JSON"u8]);
            summary.Append(", JavaScript Object Notation"u8);
        }
        else if (IsXml(type))
        {
            summary.SetProtocol([.. protocol, .. "/XML"u8]);
            return;
        }

        summary.Append(" ("u8);
        if (content is [0x89, (byte)'P', (byte)'N', (byte)'G', ..])
            summary.Append("PNG"u8);
        else if (content.StartsWith("GIF87a"u8) || content.StartsWith("GIF89a"u8))
            summary.Append(content[..6]);
        else if (content.Length > 3 && content[0] == 0xff && content[1] == 0xd8)
            summary.Append("JPEG JFIF image"u8);
        else
            summary.AppendForeign(type);
        summary.Append(")"u8);
    }
}
