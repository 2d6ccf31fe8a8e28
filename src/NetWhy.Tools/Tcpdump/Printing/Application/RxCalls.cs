namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>The last calls of AFS that were seen: an answer does not say what it answers.</summary>
internal sealed class RxCalls
{
    private const int Count = 64;

    private readonly Entry[] _calls = new Entry[Count];
    private int _next;
    private int _last;

    private readonly record struct Key(uint Call, uint Client, uint Server, ushort Port, uint Service);

    private readonly record struct Entry(Key Key, uint Operation);

    /// <summary>Remembers a call.</summary>
    /// <param name="call">Its number.</param>
    /// <param name="client">Who calls.</param>
    /// <param name="server">Who is called.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="service">Number of the service.</param>
    /// <param name="operation">What is wanted.</param>
    internal void Enter(uint call, ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, ushort port, uint service, uint operation)
    {
        _calls[_next] = new Entry(KeyOf(call, client, server, port, service), operation);
        _next = (_next + 1) % Count;
    }

    /// <summary>Finds the call that an answer belongs to.</summary>
    /// <inheritdoc cref="Enter"/>
    /// <returns>Whether it was seen.</returns>
    internal bool Find(uint call, ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, ushort port, uint service, out uint operation)
    {
        Key key = KeyOf(call, client, server, port, service);
        int i = _last;
        do
        {
            if (_calls[i].Key == key)
            {
                _last = i;
                operation = _calls[i].Operation;
                return true;
            }

            i = (i + 1) % Count;
        }
        while (i != _last);
        operation = 0;
        return false;
    }

    private static Key KeyOf(uint call, ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, ushort port, uint service) => new(
        call,
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(client),
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(server),
        port,
        service);
}
