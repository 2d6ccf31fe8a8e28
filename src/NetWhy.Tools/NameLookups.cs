using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tools;

/// <summary>Looks names of addresses up in the background.</summary>
internal static class NameLookups
{
    /// <summary>Looks one up when there is a place.</summary>
    /// <param name="address">Whose.</param>
    /// <param name="places">Bounds how many at once: each takes a thread of the C library's resolver.</param>
    /// <returns>The name; null if there is none.</returns>
    internal static async Task<string?> LookUpAsync(IPAddress address, SemaphoreSlim places)
    {
        await places.WaitAsync();
        try
        {
            return await Task.Factory.StartNew(() => SystemNames.OfAddress(address), default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            places.Release();
        }
    }
}
