using System.Globalization;

namespace NetWhy.Tools.Curl;

/// <summary>Ends a transfer as curl ends it. Source: curl(1), "Exit codes"; libcurl-errors(3).</summary>
/// <param name="code">Exit code.</param>
/// <param name="message">What is said; null for the words of the code.</param>
internal sealed class CurlFailure(int code, string? message = null) : Exception(message ?? TextOf(code))
{
    internal const int UnsupportedProtocol = 1, FailedInit = 2, UrlMalformed = 3, NotBuiltIn = 4, NoProxyAddress = 5, NoAddress = 6, CannotConnect = 7,
        WeirdReply = 8, PartialFile = 18, HttpReturned = 22, WriteError = 23, ReadError = 26, TimedOut = 28, RangeError = 33, TlsConnect = 35,
        ResumeFailed = 36, InterfaceFailed = 45, TooManyRedirects = 47, GotNothing = 52, SendError = 55, ReceiveError = 56, CertificateProblem = 58,
        Cipher = 59, PeerFailed = 60, BadEncoding = 61, FileTooLarge = 63, SendRewind = 65, CaFile = 77, CrlFile = 82, PinMismatch = 90, NoStaple = 91, Http2Stream = 92, Proxy = 97,
        ClientCertificate = 98, Http2 = 16;

    /// <summary>Exit code.</summary>
    internal int Code => code;

    /// <summary>What TLS says of it behind what the socket said; null for nothing.</summary>
    internal string? Echo { get; init; }

    /// <summary>What is warned of before it is said; null for nothing.</summary>
    internal string? Warning { get; init; }

    /// <summary>Whether the transfer as such was well, so that the trace does not tell of it.</summary>
    internal bool IsAfterwards { get; init; }

    /// <summary>Whether nothing more is to be said of it.</summary>
    internal bool IsSaid { get; init; }

    /// <summary>What is said first, and how to get help behind it, even where nothing else is said; null for nothing.</summary>
    internal string? Refusal { get; init; }

    /// <summary>Whether curl says that it leaves the connection as it is, dead or not.</summary>
    internal bool LeavesConnection { get; init; }

    /// <summary>Whether the code's own words stand in for a message.</summary>
    internal bool HasMessage => message is not null;

    /// <summary>The words of a code. Source: curl_easy_strerror(3).</summary>
    /// <param name="code">Exit code.</param>
    internal static string TextOf(int code) => code switch
    {
        UnsupportedProtocol => "Unsupported protocol",
        UrlMalformed => "URL using bad/illegal format or missing URL",
        NotBuiltIn => "A requested feature, protocol or option was not found built-in in this libcurl due to a build-time decision.",
        NoAddress => "Couldn't resolve host name",
        CannotConnect => "Couldn't connect to server",
        WeirdReply => "Weird server reply",
        PartialFile => "Transferred a partial file",
        HttpReturned => "HTTP response code said error",
        WriteError => "Failed writing received data to disk/application",
        ReadError => "Failed to open/read local data from file/application",
        TimedOut => "Timeout was reached",
        RangeError => "Requested range was not delivered by the server",
        TlsConnect => "SSL connect error",
        GotNothing => "Server returned nothing (no headers, no data)",
        SendError => "Failed sending data to the peer",
        InterfaceFailed => "Failed binding local connection end",
        ReceiveError => "Failure when receiving data from the peer",
        BadEncoding => "Unrecognized or bad HTTP Content or Transfer-Encoding",
        FileTooLarge => "Maximum file size exceeded",
        SendRewind => "Send failed since rewinding of the data stream failed",
        NoStaple => "SSL server certificate status verification FAILED",
        Http2 => "Error in the HTTP2 framing layer",
        Http2Stream => "Stream error in the HTTP/2 framing layer",
        _ => string.Create(CultureInfo.InvariantCulture, $"Unknown error {code}"),
    };
}
