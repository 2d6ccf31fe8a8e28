using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetWhy.Lab.Servers;

/// <summary>An HTTP proxy for one connection: CONNECT tunnels and absolute URIs, or a refusal.</summary>
/// <param name="options"><c>--answer works|403|407|502|hang</c>.</param>
internal sealed class ProxyConnection(ServeOptions options)
{
    /// <summary>Serves the connection.</summary>
    /// <param name="client">The accepted connection.</param>
    /// <param name="stop">Ends it.</param>
    public async Task ServeAsync(Socket client, CancellationToken stop)
    {
        string request = await Behaviour.ReadRequestAsync(client, stop).ConfigureAwait(false);
        switch (options.Text("answer", "works"))
        {
            case "hang":
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
                break;
            case "403":
                await RefuseAsync(client, "403 Forbidden", "X-Squid-Error: ERR_ACCESS_DENIED 0\r\n", stop).ConfigureAwait(false);
                break;
            case "407":
                await RefuseAsync(client, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"lab\"\r\n", stop).ConfigureAwait(false);
                break;
            case "502":
                await RefuseAsync(client, "502 Bad Gateway", "X-Squid-Error: ERR_CONNECT_FAIL 111\r\n", stop).ConfigureAwait(false);
                break;
            default:
                await RelayAsync(client, request, stop).ConfigureAwait(false);
                break;
        }
    }

    private static async Task RefuseAsync(Socket client, string status, string headers, CancellationToken stop)
    {
        await Behaviour.SendAsync(client, Encoding.Latin1.GetBytes($"HTTP/1.1 {status}\r\n{headers}Via: 1.1 proxy.lab.test (lab)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop).ConfigureAwait(false);
        await Behaviour.CloseGentlyAsync(client, stop).ConfigureAwait(false);
    }

    private static async Task RelayAsync(Socket client, string request, CancellationToken stop)
    {
        string[] words = request.Split(' ', 3);
        bool isTunnel = words[0] == "CONNECT";
        Uri? target = null;
        if (words.Length < 3 || !Uri.TryCreate(isTunnel ? $"http://{words[1]}" : words[1], UriKind.Absolute, out target))
        {
            await RefuseAsync(client, "400 Bad Request", "", stop).ConfigureAwait(false);
            return;
        }

        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(new DnsEndPoint(target.DnsSafeHost, target.Port), stop).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            string reason = string.Create(CultureInfo.InvariantCulture, $"X-Squid-Error: ERR_CONNECT_FAIL {exception.NativeErrorCode}\r\n");
            await RefuseAsync(client, "502 Bad Gateway", reason, stop).ConfigureAwait(false);
            return;
        }

        if (isTunnel)
            await Behaviour.SendAsync(client, "HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), stop).ConfigureAwait(false);
        else
            await Behaviour.SendAsync(server, Encoding.Latin1.GetBytes($"{words[0]} {target.PathAndQuery} {words[2]}"), stop).ConfigureAwait(false);

        await Task.WhenAll(PumpAsync(client, server, stop), PumpAsync(server, client, stop)).ConfigureAwait(false);
    }

    private static async Task PumpAsync(Socket from, Socket to, CancellationToken stop)
    {
        byte[] buffer = new byte[65_536];
        int read;
        while ((read = await from.ReceiveAsync(buffer, SocketFlags.None, stop).ConfigureAwait(false)) > 0)
            await Behaviour.SendAsync(to, buffer[..read], stop).ConfigureAwait(false);
        to.Shutdown(SocketShutdown.Send);
    }
}
