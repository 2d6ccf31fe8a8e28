using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>Accepts on a port of 127.0.0.1 until it is disposed of, and with it every connection.</summary>
internal sealed class AcceptingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _peers = [];

    /// <summary>Begins.</summary>
    /// <param name="answer">Answers one connection; it catches what comes of the client's going.</param>
    internal AcceptingServer(Func<TcpClient, Task> answer)
    {
        _listener.Start();
        _ = AcceptAsync(answer);
    }

    /// <summary>Address and port, such as <c>127.0.0.1:40123</c>.</summary>
    internal string Here => _listener.LocalEndpoint.ToString()!;

    /// <summary>Its port.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        foreach (TcpClient peer in _peers)
            peer.Dispose();
    }

    private async Task AcceptAsync(Func<TcpClient, Task> answer)
    {
        try
        {
            while (true)
            {
                TcpClient peer = await _listener.AcceptTcpClientAsync();
                _peers.Add(peer);
                _ = answer(peer);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }
}
