namespace NetWhy.Wire.Http;

/// <summary>Error codes of HTTP/2, in RST_STREAM and GOAWAY. Source: RFC 9113, section 7.</summary>
public static class Http2ErrorCode
{
    /// <summary>Nothing is wrong: a connection that ends in order.</summary>
    public const uint NoError = 0;

    /// <summary>The other side does what the protocol does not allow.</summary>
    public const uint ProtocolError = 1;

    /// <summary>The server has not looked at the request.</summary>
    public const uint RefusedStream = 7;

    /// <summary>The answer is no longer wanted.</summary>
    public const uint Cancel = 8;

    private static readonly string[] Names =
    [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
        "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ];

    /// <summary>Names a code.</summary>
    /// <param name="code">The code.</param>
    /// <returns>Its name, such as <c>REFUSED_STREAM</c>; <c>unknown</c> for one without.</returns>
    public static string NameOf(uint code) => code < Names.Length ? Names[code] : "unknown";
}
