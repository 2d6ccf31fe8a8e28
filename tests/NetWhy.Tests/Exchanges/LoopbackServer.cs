using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Lab.Servers;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>A server on a free port of 127.0.0.1 for the time of a test.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _requests = [];
    private Task _serving = Task.CompletedTask;

    private LoopbackServer(int port) => Port = port;

    public int Port { get; }

    /// <summary>Heads of the requests that came, in order.</summary>
    public string[] Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    /// <summary>Answers each request, one for each connection.</summary>
    /// <param name="answer">What to answer to a request line's target.</param>
    public static LoopbackServer Answering(Func<string, string> answer)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = new LoopbackServer(((IPEndPoint)listener.LocalEndpoint).Port);
        server._serving = server.ServeAsync(listener, answer);
        return server;
    }

    /// <summary>One of the lab's misbehaving servers.</summary>
    public static async Task<LoopbackServer> MisbehavingAsync(string mode, params string[] words)
    {
        int port = FreePort();
        var server = new LoopbackServer(port);
        var ready = new TaskCompletionSource();
        server._serving = FaultyServer.RunAsync(
            mode, ["--listen", $"127.0.0.1:{port}", .. words], ready.SetResult, TimeProvider.System, server._stop.Token);
        await await Task.WhenAny(ready.Task, server._serving);
        return server;
    }

    /// <summary>Waits until a process listens on a port of 127.0.0.1, without connecting to it.</summary>
    public static async Task ListensAsync(Process process, int port)
    {
        string mark = $"0100007F:{port:X4} 00000000:0000 0A"; // listening
        for (int i = 0; i < 500 && !process.HasExited; i++)
        {
            if ((await File.ReadAllTextAsync("/proc/net/tcp", TestContext.Current.CancellationToken)).Contains(mark, StringComparison.Ordinal))
                return;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"{process.StartInfo.FileName} does not listen");
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _serving;
        }
        catch (OperationCanceledException)
        {
            // it was told to end
        }

        _stop.Dispose();
    }

    private async Task ServeAsync(TcpListener listener, Func<string, string> answer)
    {
        using (listener)
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(_stop.Token);
                NetworkStream stream = client.GetStream();
                byte[] buffer = new byte[64 * 1024];
                int length = 0;
                while (!Encoding.Latin1.GetString(buffer, 0, length).Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    int count = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                    if (count == 0)
                        break;
                    length += count;
                }

                string request = Encoding.Latin1.GetString(buffer, 0, length);
                lock (_requests)
                    _requests.Add(request);
                if (request.Split(' ') is [_, var target, ..])
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(answer(target)), _stop.Token);
            }
        }
    }
}
