using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace NetWhy.Lab.Servers;

/// <summary>How a misbehaving server treats one connection.</summary>
/// <param name="mode">Which of <see cref="FaultyServer.Modes"/>.</param>
/// <param name="options">Its options.</param>
/// <param name="clock">The time, for delays.</param>
internal sealed class Behaviour(string mode, ServeOptions options, TimeProvider clock)
{
    private const int LongestRequest = 65_536;

    /// <summary>Serves a connection to its end.</summary>
    /// <param name="connection">The accepted connection; closed afterwards unless the fault is that it is not.</param>
    /// <param name="stop">Ends it.</param>
    public async Task ServeAsync(Socket connection, CancellationToken stop)
    {
        try
        {
            await BehaveAsync(connection, stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or IOException)
        {
            // The client went away; so do we.
        }
        finally
        {
            connection.Dispose();
        }
    }

    private async Task BehaveAsync(Socket connection, CancellationToken stop)
    {
        connection.NoDelay = true;
        int size = options.Number("size", 300_000);
        switch (mode)
        {
            case "reset-on-accept":
                Reset(connection);
                break;
            case "close-on-accept":
                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "hang-after-accept":
                await DrainAsync(connection, stop).ConfigureAwait(false);
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
                break;
            case "no-read":
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
                break;
            case "reset-after-request":
                await ReadRequestAsync(connection, stop).ConfigureAwait(false);
                Reset(connection);
                break;
            case "close-after-request":
                await ReadRequestAsync(connection, stop).ConfigureAwait(false);
                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "leak-close-wait":
                await ReadRequestAsync(connection, stop).ConfigureAwait(false);
                await SendAsync(connection, Answer(200, "OK", "leaky\n"), stop).ConfigureAwait(false);
                await DrainAsync(connection, stop).ConfigureAwait(false);
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
                break;
            case "http":
                int status = options.Number("status", 200);
                for (bool isFirst = true; isFirst || options.Has("keep-alive"); isFirst = false)
                {
                    if (await ReadRequestAsync(connection, stop).ConfigureAwait(false) is not { Length: > 0 })
                        break;
                    await StandStillAsync(stop).ConfigureAwait(false);
                    await Task.Delay(isFirst ? options.Seconds("seconds", 0) : options.Seconds("later-seconds", 0), clock, stop).ConfigureAwait(false);
                    status = isFirst ? status : options.Number("later-status", status);
                    await SendAsync(connection, Answer(status, "Lab", options.Text("body", "lab\n")), stop).ConfigureAwait(false);
                }

                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "slow-first-byte":
                await ReadRequestAsync(connection, stop).ConfigureAwait(false);
                await Task.Delay(options.Seconds("seconds", 3), clock, stop).ConfigureAwait(false);
                await SendAsync(connection, Answer(200, "OK", "late\n"), stop).ConfigureAwait(false);
                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "trickle":
                await TrickleAsync(connection, options.Number("size", 40), stop).ConfigureAwait(false);
                break;
            case "stall-body":
                await SendPartAsync(connection, size, stop).ConfigureAwait(false);
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
                break;
            case "truncated-body":
                await SendPartAsync(connection, size, stop).ConfigureAwait(false);
                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "reset-body":
                await SendPartAsync(connection, size, stop).ConfigureAwait(false);
                await Task.Delay(TimeSpan.FromMilliseconds(50), clock, stop).ConfigureAwait(false);
                Reset(connection);
                break;
            case "malformed":
                await ReadRequestAsync(connection, stop).ConfigureAwait(false);
                await SendAsync(connection, Encoding.Latin1.GetBytes(options.Text("text", "HTTQ/one banana\r\nnot: a header\r\n\r\n")), stop).ConfigureAwait(false);
                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "redirect-loop":
                await RedirectAsync(connection, stop).ConfigureAwait(false);
                break;
            case "banner":
                await SendAsync(connection, Encoding.Latin1.GetBytes(options.Text("text", "SSH-2.0-OpenSSH_9.2p1 Debian-2") + "\r\n"), stop).ConfigureAwait(false);
                await DrainAsync(connection, stop).ConfigureAwait(false);
                break;
            case "tls-alert":
                await ReadSomeAsync(connection, stop).ConfigureAwait(false);
                await SendAsync(connection, [21, 3, 3, 0, 2, 2, (byte)options.Number("code", 40)], stop).ConfigureAwait(false);
                await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
                break;
            case "proxy":
                await new ProxyConnection(options).ServeAsync(connection, stop).ConfigureAwait(false);
                break;
            default:
                throw new NotSupportedException(mode);
        }
    }

    // As a program does that collects its garbage: for some time of each four seconds, all that ask meanwhile wait for its end.
    private async Task StandStillAsync(CancellationToken stop)
    {
        TimeSpan turn = TimeSpan.FromSeconds(4), still = options.Seconds("still", 0);
        TimeSpan place = TimeSpan.FromTicks(clock.GetUtcNow().Ticks % turn.Ticks);
        if (place < still)
            await Task.Delay(still - place, clock, stop).ConfigureAwait(false);
    }

    private async Task TrickleAsync(Socket connection, int size, CancellationToken stop)
    {
        await ReadRequestAsync(connection, stop).ConfigureAwait(false);
        byte[] head = Head(200, "OK", size);
        byte[] octets = [.. head, .. Enumerable.Repeat((byte)'.', size)];
        int atOnce = options.Has("head") ? 0 : head.Length;
        await SendAsync(connection, octets[..atOnce], stop).ConfigureAwait(false);
        TimeSpan gap = options.Seconds("seconds", 8) / Math.Max(octets.Length - atOnce, 1);
        foreach (byte octet in octets[atOnce..])
        {
            await Task.Delay(gap, clock, stop).ConfigureAwait(false);
            await SendAsync(connection, [octet], stop).ConfigureAwait(false);
        }

        await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
    }

    private static async Task RedirectAsync(Socket connection, CancellationToken stop)
    {
        string request = await ReadRequestAsync(connection, stop).ConfigureAwait(false);
        string path = request.Split(' ') is [_, var target, ..] ? target : "/";
        string host = request.Split("\r\n").FirstOrDefault(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)) is { } line
            ? line["Host:".Length..].Trim()
            : "localhost";
        await SendAsync(connection, Encoding.Latin1.GetBytes($"HTTP/1.1 301 Moved Permanently\r\nLocation: http://{host}{path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop).ConfigureAwait(false);
        await CloseGentlyAsync(connection, stop).ConfigureAwait(false);
    }

    private async Task SendPartAsync(Socket connection, int size, CancellationToken stop)
    {
        await ReadRequestAsync(connection, stop).ConfigureAwait(false);
        await SendAsync(connection, Head(200, "OK", size), stop).ConfigureAwait(false);
        await SendAsync(connection, new byte[size / 3], stop).ConfigureAwait(false);
    }

    private byte[] Answer(int status, string reason, string body) => [.. Head(status, reason, Encoding.UTF8.GetByteCount(body)), .. Encoding.UTF8.GetBytes(body)];

    private byte[] Head(int status, string reason, int length)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n");
        head.Append(options.Has("keep-alive") ? "" : "Connection: close\r\n");
        foreach (string header in options.All("header"))
            head.Append(CultureInfo.InvariantCulture, $"{header}\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    /// <summary>Reads until the empty line that ends an HTTP request's head, or whatever came before the end.</summary>
    internal static async Task<string> ReadRequestAsync(Socket connection, CancellationToken stop)
    {
        byte[] buffer = new byte[LongestRequest];
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await connection.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, stop).ConfigureAwait(false);
            length += read;
            bool isTls = length > 0 && buffer[0] == 22; // a TLS record: there is no empty line to wait for
            if (read == 0 || isTls || buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
                break;
        }

        return Encoding.Latin1.GetString(buffer, 0, length);
    }

    internal static async Task SendAsync(Socket connection, byte[] octets, CancellationToken stop)
    {
        int sent = 0;
        while (sent < octets.Length)
            sent += await connection.SendAsync(octets.AsMemory(sent), SocketFlags.None, stop).ConfigureAwait(false);
    }

    /// <summary>Sends a FIN, and reads what still comes so that no RST follows it.</summary>
    internal static async Task CloseGentlyAsync(Socket connection, CancellationToken stop)
    {
        connection.Shutdown(SocketShutdown.Send);
        await DrainAsync(connection, stop).ConfigureAwait(false);
    }

    private static void Reset(Socket connection)
    {
        connection.LingerState = new LingerOption(enable: true, seconds: 0);
        connection.Close();
    }

    private static async Task ReadSomeAsync(Socket connection, CancellationToken stop) =>
        await connection.ReceiveAsync(new byte[LongestRequest], SocketFlags.None, stop).ConfigureAwait(false);

    private static async Task DrainAsync(Socket connection, CancellationToken stop)
    {
        byte[] buffer = new byte[LongestRequest];
        while (await connection.ReceiveAsync(buffer, SocketFlags.None, stop).ConfigureAwait(false) > 0)
        {
        }
    }
}
