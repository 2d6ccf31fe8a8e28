using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tests.Audit;

/// <summary>A wire between the two sides that holds a frame in twenty back until three later ones have passed.</summary>
internal sealed class UnevenWire : IDisposable
{
    /// <summary>Address of the other side.</summary>
    internal static readonly IPAddress There = IPAddress.Parse("10.79.0.2");

    private const int Often = 20;
    private const int Later = 3;

    private readonly TapDevice _here;
    private readonly TapDevice _there;
    private readonly Thread _pump;
    private volatile bool _isOver;

    internal UnevenWire(AuditNamespace network)
    {
        _here = TapDevice.Create(network.Name, "wire");
        _there = TapDevice.Create(network.Name + "-other", "wire");
        network.Exec("ip link set wire txqueuelen 5000 gso_max_segs 1");
        foreach ((Action<string> exec, string address) in new (Action<string>, string)[] { (network.Exec, "10.79.0.1"), (network.ExecThere, "10.79.0.2") })
        {
            exec("sysctl -qw net.ipv6.conf.wire.disable_ipv6=1");
            exec($"ip address add {address}/24 dev wire");
            exec("ip link set wire up");
        }

        _pump = new Thread(Pump);
        _pump.Start();
    }

    public void Dispose()
    {
        _isOver = true;
        _pump.Join();
        _here.Dispose();
        _there.Dispose();
    }

    private void Pump()
    {
        byte[] frame = new byte[1 << 16];
        byte[]? held = null;
        int count = 0;
        while (!_isOver)
        {
            (bool left, bool right) = TapDevice.Wait(_here, _there, TimeSpan.FromMilliseconds(20));
            if (right && _there.Read(frame) is > 0 and var answer)
                _here.Write(frame.AsSpan(0, answer));
            if (left && _here.Read(frame) is > 0 and var length)
            {
                if (++count % Often == 0 && held is null)
                {
                    held = frame[..length];
                    continue;
                }

                _there.Write(frame.AsSpan(0, length));
                if (count % Often != Later)
                    continue;
            }
            else if (left || right)
            {
                continue;
            }

            if (held is not null)
                _there.Write(held); // also when nothing more comes
            held = null;
        }
    }
}
