using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Where packets go that a filter let through.</summary>
internal interface IPacketSink : IDisposable
{
    /// <summary>Hears on which interface packets are waited for, before any has come.</summary>
    /// <param name="interface">The interface.</param>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970.</param>
    void Begin(CaptureInterface @interface, long nanoseconds)
    {
        // Most have nothing to prepare.
    }

    /// <summary>Takes a packet.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>Whether more are wanted.</returns>
    bool Take(long number, in PacketRecord packet);

    /// <summary>Takes what it needs of the packets so far: their octets go away.</summary>
    void Keep();

    /// <summary>Hands on what is worth it: no packet is ready.</summary>
    void Flush();

    /// <summary>Hands on all that was gathered: the user wants to see it.</summary>
    void HandOn() => Flush();

    /// <summary>Whether it has had enough.</summary>
    bool IsDone => false;

    /// <summary>Ends: no more packets come.</summary>
    void End();
}
