using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetWhy.Tests.Tools.Http;

/// <summary>A server that answers each request of each connection by a script.</summary>
internal sealed class ScriptedServer : IDisposable
{
    /// <summary>What a script says to reset the connection.</summary>
    internal const string Reset = "!reset";

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<int, int, string> _script;

    /// <summary>Starts it.</summary>
    /// <param name="script">Gets the numbers of the connection and of the request on it, from 0; gives the answer in Latin-1. At <c>!pause</c> it waits a little; behind <c>!close</c> the connection ends.</param>
    /// <param name="address">Where it listens; 127.0.0.1 if left out.</param>
    /// <param name="port">At which port; any if left out.</param>
    internal ScriptedServer(Func<int, int, string> script, IPAddress? address = null, int port = 0)
    {
        _listener = new TcpListener(address ?? IPAddress.Loopback, port);
        _script = script;
        _listener.Start();
        _ = ServeAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal string Url => $"http://127.0.0.1:{Port}/";

    /// <summary>The heads that came.</summary>
    internal ConcurrentQueue<string> Heads { get; } = [];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            for (int connection = 0; ; connection++)
                _ = ServeAsync(await _listener.AcceptSocketAsync(_end.Token), connection);
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        using (socket)
        {
            try
            {
                byte[] buffer = new byte[64 * 1024];
                for (int request = 0; ; request++)
                {
                    var head = new StringBuilder();
                    while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                    {
                        int read = await socket.ReceiveAsync(buffer, _end.Token);
                        if (read == 0)
                            return;
                        head.Append(Encoding.Latin1.GetString(buffer, 0, read));
                    }

                    Heads.Enqueue(head.ToString());
                    string answer = _script(connection, request);
                    if (answer is Reset)
                    {
                        socket.LingerState = new LingerOption(enable: true, 0);
                        return;
                    }

                    string[] parts = answer.Split("!close");
                    string[] pieces = parts[0].Split("!pause");
                    for (int i = 0; i < pieces.Length; i++)
                    {
                        if (i > 0)
                            await Task.Delay(20, _end.Token);
                        await socket.SendAsync(Encoding.Latin1.GetBytes(pieces[i]), _end.Token);
                    }

                    if (parts.Length > 1)
                        return;
                }
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // the client has gone, or the test is over
            }
        }
    }
}
