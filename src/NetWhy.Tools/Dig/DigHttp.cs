using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using NetWhy.Exchanges;

namespace NetWhy.Tools.Dig;

/// <summary>Carries one query by HTTP/2. Source: RFC 8484.</summary>
/// <param name="stream">The connection.</param>
/// <param name="exchange">The exchange.</param>
/// <param name="console">Is told what the server says of HTTP.</param>
internal sealed class DigHttp(DigStream stream, DigExchange exchange, DigConsole console) : IHttp2Receiver
{
    /// <summary>The path that servers have by custom. Source: RFC 8484, section 4.1.1.</summary>
    internal const string DefaultPath = "/dns-query";

    private const ushort EnablePush = 2; // RFC 9113, section 6.5.2
    private const int LargestAnswer = ushort.MaxValue, BufferSize = 16_384; // octets

    private readonly Http2Connection _connection = new(LargestAnswer, [(EnablePush, 0)]);
    private readonly ArrayBufferWriter<byte> _body = new();
    private int _status;

    /// <summary>Whether a text is an absolute path.</summary>
    /// <param name="path">The text.</param>
    internal static bool IsPath(string path) =>
        path is ['/', ..] && path.All(character => char.IsAsciiLetterOrDigit(character) || "/-._~%!$&'()*+,;=:@?".Contains(character, StringComparison.Ordinal));

    /// <summary>Sends the query.</summary>
    /// <param name="patience">How long the peer may take to make room.</param>
    /// <returns>Why it could not be sent, in BIND's words; null if it was.</returns>
    internal string? Send(TimeSpan patience)
    {
        DigLookup lookup = exchange.Lookup;
        byte[] message = exchange.Query.Message;
        bool isSix = exchange.Server.Address.AddressFamily is AddressFamily.InterNetworkV6 && exchange.Server.Word.Contains(':', StringComparison.Ordinal);
        string host = isSix ? $"[{exchange.Server.Word}]" : exchange.Server.Word;
        string path = lookup.IsHttpGet ? $"{lookup.HttpPath}?dns={Base64Url.EncodeToString(message)}" : lookup.HttpPath;
        List<(string Name, string Value)> fields =
        [
            (":method", lookup.IsHttpGet ? "GET" : "POST"),
            (":scheme", lookup.IsHttpPlain ? "http" : "https"),
            (":authority", string.Create(CultureInfo.InvariantCulture, $"{host}:{exchange.Port}")),
            (":path", path),
        ];
        if (!lookup.IsHttpGet)
        {
            fields.Add(("content-type", "application/dns-message"));
            fields.Add(("content-length", message.Length.ToString(CultureInfo.InvariantCulture)));
        }

        fields.Add(("accept", "application/dns-message"));
        _connection.Request(fields, endsStream: lookup.IsHttpGet, this);
        if (!lookup.IsHttpGet)
            _connection.Send(message, endsStream: true); // it is no longer than the window that every peer begins with
        return Flush(patience);
    }

    /// <summary>Waits for the answer.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="message">The answer.</param>
    /// <returns>Why there is none, in BIND's words; null if there is.</returns>
    internal string? Receive(TimeSpan patience, out byte[] message)
    {
        long begin = Stopwatch.GetTimestamp();
        message = [];
        byte[] buffer = new byte[BufferSize];
        while (!_connection.IsEnded)
        {
            if (stream.Read(buffer, Left(), out int received) is { } cut)
                return cut;
            _connection.Take(buffer.AsSpan(0, received));
            bool isLost = !_connection.IsEnded && (_connection.Fault is not null || _connection.GoAwayCode is > 0);
            if (isLost || _connection.ResetCode is not null || _body.WrittenCount > LargestAnswer)
                return DigFailure.EndOfFile;
            if (Flush(Left()) is { } unsent && !_connection.IsEnded)
                return unsent;
        }

        const int First = 200, Last = 299;
        if (_status is < First or > Last)
        {
            console.Explain(string.Create(CultureInfo.InvariantCulture, $"{exchange.Where} answers {exchange.Lookup.HttpPath} with HTTP status {_status}"));
            return "failure";
        }

        message = _body.WrittenSpan.ToArray();
        return null;

        TimeSpan Left() => patience - Stopwatch.GetElapsedTime(begin);
    }

    /// <inheritdoc/>
    void IHttp2Receiver.TakeFields(IReadOnlyList<(string Name, string Value)> fields)
    {
        foreach ((string name, string value) in fields)
        {
            if (name == ":status")
                _ = int.TryParse(value, CultureInfo.InvariantCulture, out _status);
        }
    }

    /// <inheritdoc/>
    void IHttp2Receiver.TakeBody(ReadOnlySpan<byte> octets)
    {
        if (_body.WrittenCount <= LargestAnswer)
            _body.Write(octets);
    }

    private string? Flush(TimeSpan patience)
    {
        ReadOnlyMemory<byte> output = _connection.Output;
        string? failure = output.IsEmpty ? null : stream.Write(output, patience);
        _connection.Sent(output.Length);
        return failure;
    }
}
