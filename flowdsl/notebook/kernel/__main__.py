"""Starts the kernel with the connection file (-f FILE) that Jupyter passes."""

from ipykernel.kernelapp import IPKernelApp

from flowdsl.notebook.kernel.kernel import FlowKernel

if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=FlowKernel)
