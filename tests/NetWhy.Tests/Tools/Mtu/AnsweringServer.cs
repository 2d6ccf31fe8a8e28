using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tests.Tools.Mtu;

/// <summary>Answers requests in a namespace.</summary>
internal sealed class AnsweringServer : IDisposable
{
    private readonly Socket _listener;
    private readonly Func<string, string> _body;

    /// <summary>Starts it.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="body">Makes the body for a path; null for 20,000 octets whatever is asked for.</param>
    public AnsweringServer(string name, Func<string, string>? body = null)
    {
        _body = body ?? (_ => new string('y', 20_000));
        _listener = NetworkNamespace.Run(name, () =>
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            socket.Listen(64);
            return socket;
        });
        _ = AcceptAsync();
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var request = new StringBuilder();
                byte[] buffer = new byte[65_536];
                while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    int received = await socket.ReceiveAsync(buffer);
                    if (received == 0)
                        return;
                    request.Append(Encoding.ASCII.GetString(buffer, 0, received));
                }

                await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.0 200 OK\r\n\r\n{_body(request.ToString().Split(' ')[1])}"));
            }
            catch (SocketException)
            {
                // The client has seen enough.
            }
        }
    }
}
