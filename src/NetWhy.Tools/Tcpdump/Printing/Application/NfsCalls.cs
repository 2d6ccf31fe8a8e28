namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>The last calls that were seen: an answer does not say what it answers.</summary>
internal sealed class NfsCalls
{
    private const int Count = 64, AddressLength = 16;

    private readonly (uint Transaction, int Version, uint Procedure, uint Program)[] _calls = new (uint, int, uint, uint)[Count];
    private readonly byte[] _clients = new byte[Count * AddressLength];
    private readonly byte[] _servers = new byte[Count * AddressLength];
    private int _next;
    private int _last;

    /// <summary>Remembers a call.</summary>
    /// <param name="transaction">Its number.</param>
    /// <param name="client">Who calls.</param>
    /// <param name="server">Who is called.</param>
    /// <param name="procedure">The procedure.</param>
    /// <param name="version">Version of the program.</param>
    internal void Enter(uint transaction, ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, uint procedure, uint version)
    {
        _calls[_next] = (transaction, client.Length, procedure, version);
        client.CopyTo(_clients.AsSpan(_next * AddressLength, AddressLength));
        server.CopyTo(_servers.AsSpan(_next * AddressLength, AddressLength));
        _next = (_next + 1) % Count;
    }

    /// <summary>Finds the call that an answer belongs to.</summary>
    /// <inheritdoc cref="Enter"/>
    /// <returns>Whether it was seen.</returns>
    internal bool Find(uint transaction, ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, out uint procedure, out uint version)
    {
        int i = _last;
        do
        {
            (uint Transaction, int Version, uint Procedure, uint Program) call = _calls[i];
            if (call.Version == client.Length && call.Transaction == transaction
                && _clients.AsSpan(i * AddressLength, client.Length).SequenceEqual(client)
                && _servers.AsSpan(i * AddressLength, server.Length).SequenceEqual(server))
            {
                _last = i;
                (procedure, version) = (call.Procedure, call.Program);
                return true;
            }

            i = (i + 1) % Count;
        }
        while (i != _last);
        (procedure, version) = (0, 0);
        return false;
    }
}
